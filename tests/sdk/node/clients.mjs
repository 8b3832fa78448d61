// The official Node SDKs, each brought to say what it saw in the words of `scenarios.expected`.
// An SDK joins by one more entry in `clients`.

import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
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

const exceptions = {
  ValidationException: "invalid",
  ThrottlingException: "limit",
  ServiceUnavailableException: "overloaded",
  ModelNotReadyException: "overloaded",
};
const cloudStops = { end_turn: "end", tool_use: "tools" };

function cloud(job) {
  const credentials = { accessKeyId: "desk", secretAccessKey: job.key };
  return new BedrockRuntimeClient({ endpoint: job.url, region: "eu-west-1", credentials, maxAttempts: 1 });
}

function cloudError(error, job) {
  if (job.breaks) return { error: "broken" };
  if (!(error instanceof BedrockRuntimeServiceException)) throw error;
  return { error: exceptions[error.name] ?? "upstream" };
}

// Bytes are base64 in a job; this SDK takes them as bytes.
function withBytes(value) {
  if (Array.isArray(value)) return value.map(withBytes);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === "bytes" ? Buffer.from(item, "base64") : withBytes(item),
    ]),
  );
}

async function converse(job) {
  const client = cloud(job);
  const asked = { modelId: job.model, ...withBytes(job.asked) };
  try {
    if (!job.streamed) {
      const answer = await client.send(new ConverseCommand(asked));
      const blocks = answer.output.message.content;
      return {
        text: blocks.map((block) => block.text ?? "").join(""),
        calls: blocks.filter((block) => block.toolUse).map((block) => [block.toolUse.name, block.toolUse.input]),
        stop: cloudStops[answer.stopReason],
      };
    }
    const answer = await client.send(new ConverseStreamCommand(asked));
    const calls = new Map();
    let text = "";
    let stop;
    for await (const event of answer.stream) {
      const started = event.contentBlockStart;
      if (started?.start?.toolUse) calls.set(started.contentBlockIndex, [started.start.toolUse.name, ""]);
      const piece = event.contentBlockDelta;
      if (piece) {
        if (job.breaks === "hangs") return { left: true };
        text += piece.delta.text ?? "";
        if (piece.delta.toolUse) calls.get(piece.contentBlockIndex)[1] += piece.delta.toolUse.input;
      }
      if (event.messageStop) stop = cloudStops[event.messageStop.stopReason];
    }
    if (!stop) return { error: "broken" };
    return { text, calls: [...calls.values()].map(([name, given]) => [name, JSON.parse(given)]), stop };
  } catch (error) {
    return cloudError(error, job);
  } finally {
    client.destroy();
  }
}

async function invoke(job) {
  const client = cloud(job);
  const asked = { modelId: job.model, contentType: "application/json", body: JSON.stringify(job.asked) };
  const blocks = [];
  let stop;
  try {
    if (!job.streamed) {
      const answer = JSON.parse(new TextDecoder().decode((await client.send(new InvokeModelCommand(asked))).body));
      blocks.push(...answer.content);
      stop = answer.stop_reason;
    } else {
      const answer = await client.send(new InvokeModelWithResponseStreamCommand(asked));
      for await (const event of answer.body) {
        const piece = JSON.parse(new TextDecoder().decode(event.chunk.bytes));
        if (piece.type === "content_block_start") blocks.push({ ...piece.content_block, given: "" });
        if (piece.type === "content_block_delta") {
          if (job.breaks === "hangs") return { left: true };
          const last = blocks[blocks.length - 1];
          last.text = (last.text ?? "") + (piece.delta.text ?? "");
          last.given += piece.delta.partial_json ?? "";
        }
        if (piece.type === "message_delta") stop = piece.delta.stop_reason;
      }
      if (!stop) return { error: "broken" };
      for (const block of blocks) block.input = JSON.parse(block.given || "{}");
    }
  } catch (error) {
    return cloudError(error, job);
  } finally {
    client.destroy();
  }
  return {
    text: blocks.filter((block) => block.type === "text").map((block) => block.text).join(""),
    calls: blocks.filter((block) => block.type === "tool_use").map((block) => [block.name, block.input]),
    stop: cloudStops[stop],
  };
}

export const clients = {
  "anthropic-messages": messages,
  "bedrock-converse": converse,
  "bedrock-invoke": invoke,
  "gemini-generate": generate,
  "openai-chat": chat,
  "openai-responses": responses,
};
