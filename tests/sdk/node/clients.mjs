// The official Node SDKs, each brought to say what it saw in the words of `scenarios.expected`.
// An SDK joins by one more entry in `clients`.

import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
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

async function responses(job) {
  const client = new OpenAI({ baseURL: `${job.url}/v1`, apiKey: job.key, maxRetries: 0 });
  let answer;
  try {
    if (!job.streamed) {
      answer = await client.responses.create({ model: job.model, ...job.asked });
    } else {
      const stream = client.responses.stream({ model: job.model, ...job.asked });
      stream.on("error", () => {});
      if (job.breaks === "hangs") {
        for await (const event of stream) {
          if (event.type === "response.output_text.delta") break;
        }
        stream.abort();
        return { left: true };
      }
      answer = await stream.finalResponse();
    }
  } catch (error) {
    if (job.breaks) return { error: "broken" };
    if (!(error instanceof OpenAI.OpenAIError)) throw error;
    return { error: kind(error, job) };
  }
  if (answer.status !== "completed") return { error: "broken" };
  const calls = answer.output.filter((item) => item.type === "function_call");
  return {
    text: answer.output_text,
    calls: calls.map((item) => [item.name, JSON.parse(item.arguments)]),
    stop: calls.length ? "tools" : "end",
  };
}

async function generate(job) {
  const client = new GoogleGenAI({ apiKey: job.key, httpOptions: { baseUrl: job.url } });
  const asked = { model: job.model, ...job.asked };
  const parts = [];
  let last;
  try {
    if (!job.streamed) {
      last = await client.models.generateContent(asked);
      parts.push(...(last.candidates[0].content.parts ?? []));
    } else {
      const stop = new AbortController();
      asked.config = { ...asked.config, abortSignal: stop.signal };
      for await (last of await client.models.generateContentStream(asked)) {
        parts.push(...(last.candidates?.[0]?.content?.parts ?? []));
        if (job.breaks === "hangs") {
          stop.abort();
          return { left: true };
        }
      }
      if (last?.candidates?.[0]?.finishReason !== "STOP") return { error: "broken" };
    }
  } catch (error) {
    if (job.breaks) return { error: "broken" };
    if (!(error instanceof ApiError)) throw error;
    return { error: kind(error, job) };
  }
  const calls = parts.filter((part) => part.functionCall);
  return {
    text: parts.map((part) => part.text ?? "").join(""),
    calls: calls.map((part) => [part.functionCall.name, part.functionCall.args]),
    stop: calls.length ? "tools" : "end",
  };
}

export const clients = {
  "anthropic-messages": messages,
  "gemini-generate": generate,
  "openai-chat": chat,
  "openai-responses": responses,
};
