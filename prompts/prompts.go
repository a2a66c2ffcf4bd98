// Package prompts renders the texts that models and shoppers read: one template per task and language, versioned by content hash.
package prompts
