package telemetry

import "go.opentelemetry.io/otel/attribute"

// The names of OpenTelemetry's HTTP and GenAI conventions that we use, as our own constants: the conventions still move
// (opentelemetry.io/docs/specs/semconv/gen-ai, state of 1.41).
const (
	attrMethod          = attribute.Key("http.request.method")
	attrRoute           = attribute.Key("http.route")
	attrStatus          = attribute.Key("http.response.status_code")
	attrErrorType       = attribute.Key("error.type")
	attrOperation       = attribute.Key("gen_ai.operation.name")
	attrProvider        = attribute.Key("gen_ai.provider.name")
	attrModel           = attribute.Key("gen_ai.response.model")
	attrRequestModel    = attribute.Key("gen_ai.request.model")
	attrTool            = attribute.Key("gen_ai.tool.name")
	attrTokenType       = attribute.Key("gen_ai.token.type")
	attrInputTokens     = attribute.Key("gen_ai.usage.input_tokens")
	attrCachedTokens    = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	attrOutputTokens    = attribute.Key("gen_ai.usage.output_tokens")
	attrReasoningTokens = attribute.Key("gen_ai.usage.reasoning.output_tokens")
	attrFirst           = attribute.Key("gen_ai.response.time_to_first_chunk")
	attrRequest         = attribute.Key("shopkeeper.request.id")
	attrEnding          = attribute.Key("shopkeeper.turn.ending")
	attrWire            = attribute.Key("shopkeeper.wire")
	attrLimit           = attribute.Key("shopkeeper.limit")
	attrHedge           = attribute.Key("shopkeeper.hedge")
)

// Attributes that other packages give their spans.
var (
	Operation      = attrOperation.String
	Agent          = attribute.Key("gen_ai.agent.name").String
	Conversation   = attribute.Key("gen_ai.conversation.id").String
	Model          = attrModel.String
	InputTokens    = attrInputTokens.Int64
	OutputTokens   = attrOutputTokens.Int64
	InputMessages  = attribute.Key("gen_ai.input.messages").String
	OutputMessages = attribute.Key("gen_ai.output.messages").String
	ToolName       = attrTool.String
	ToolCallID     = attribute.Key("gen_ai.tool.call.id").String
	ErrorType      = attrErrorType.String
	Ending         = attrEnding.String
	TurnID         = attribute.Key("shopkeeper.turn.id").String
	TenantID       = attribute.Key("shopkeeper.tenant.id").String
	KeyID          = attribute.Key("shopkeeper.key.id").String
)
