# What the reports script and the desks may reach.

variable "model_key" {
  type      = string
  sensitive = true
}

data "aws_iam_policy_document" "summaries" {
  statement {
    actions   = ["bedrock:InvokeModel"]
    resources = ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0"]
  }
}

resource "aws_iam_role_policy" "summaries" {
  name   = "incident-summaries"
  role   = "harbor-reports"
  policy = data.aws_iam_policy_document.summaries.json
}

resource "kubernetes_secret" "desks" {
  metadata {
    name = "desks"
  }
  data = {
    ANTHROPIC_API_KEY = var.model_key
  }
}
