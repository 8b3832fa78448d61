// The official Node SDKs, each brought to say what it saw in the words of `scenarios.expected`.
// An SDK joins by one more entry in `clients`.

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

function kind(error, job) {
  if (job.breaks) return "broken";
  return { 400: "invalid", 429: "limit", 503: "overloaded", 529: "overloaded" }[error.status] ?? "upstream";
}

async function messages(job) {
  const client = new Anthropic({ baseURL: job.url, apiKey: job.key, maxRetries: 0 });
  let answer;
  try {
    if (!job.streamed) {
      answer = await client.messages.create({ model: job.model, ...job.asked });
    } else {
      const stream = client.messages.stream({ model: job.model, ...job.asked });
      stream.on("error", () => {});
      if (job.breaks === "hangs") {
        for await (const event of stream) {
          if (event.type === "content_block_delta") break;
        }
        stream.abort();
        return { left: true };
      }
      answer = await stream.finalMessage();
    }
  } catch (error) {
    if (!(error instanceof Anthropic.APIError)) throw error;
    return { error: kind(error, job) };
  }
  const stops = { end_turn: "end", tool_use: "tools" };
  return {
    text: answer.content.filter((block) => block.type === "text").map((block) => block.text).join(""),
    calls: answer.content.filter((block) => block.type === "tool_use").map((block) => [block.name, block.input]),
    stop: stops[answer.stop_reason] ?? answer.stop_reason,
  };
}

async function chat(job) {
  const client = new OpenAI({ baseURL: `${job.url}/v1`, apiKey: job.key, maxRetries: 0 });
  let answer;
  try {
    if (!job.streamed) {
      answer = await client.chat.completions.create({ model: job.model, ...job.asked });
    } else {
      const stream = client.chat.completions.stream({ model: job.model, ...job.asked });
      stream.on("error", () => {});
      if (job.breaks === "hangs") {
        for await (const chunk of stream) {
          if (chunk.choices[0]?.delta?.content) break;
        }
        stream.abort();
        return { left: true };
      }
      answer = await stream.finalChatCompletion();
    }
  } catch (error) {
    if (!(error instanceof OpenAI.OpenAIError)) throw error;
    return { error: kind(error, job) };
  }
  const [choice] = answer.choices;
  const stops = { stop: "end", tool_calls: "tools" };
  return {
    text: choice.message.content ?? "",
    calls: (choice.message.tool_calls ?? []).map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
    stop: stops[choice.finish_reason] ?? choice.finish_reason,
  };
}

export const clients = { "anthropic-messages": messages, "openai-chat": chat };
