"""The Gemini API's generateContent and what stands beside it. Entered by `dialect`."""
