"""Print this week's pilots. Uses no model at all."""

# Claude takes the early watch until the new anthropic research fellow has settled in.
PILOTS = ["Claude Delacroix", "Ines Varga", "Gemini Okonkwo"]

for day, pilot in zip(("Mon", "Tue", "Wed"), PILOTS, strict=True):
    print(f"{day}: {pilot}")
