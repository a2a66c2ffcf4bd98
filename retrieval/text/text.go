// Package text is the one analyzer: of both indexes, of queries, and of the numbers in answers.
package text

// Fields are a document's texts by field name: title, brand, model, category, attributes, description …
type Fields map[string]string
