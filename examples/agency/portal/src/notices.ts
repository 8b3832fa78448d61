// Notice portal: turns a harbor notice into plain language before it is published.
import Anthropic from "@anthropic-ai/sdk";
import { ChatAnthropic } from "@langchain/anthropic";
import { z } from "zod";

const client = new Anthropic();

export async function plainLanguage(notice: string): Promise<string> {
  const message = await client.messages.create({
    model: "claude-sonnet-4-5",
    max_tokens: 200,
    messages: [{ role: "user", content: `Say this in plain language: ${notice}` }],
  });
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

const Topic = z.object({ topic: z.enum(["closure", "depth", "traffic", "weather"]) });

export async function topicOf(notice: string): Promise<string> {
  const model = new ChatAnthropic({ model: "claude-haiku-4-5" });
  const { topic } = await model.withStructuredOutput(Topic).invoke(notice);
  return topic;
}
