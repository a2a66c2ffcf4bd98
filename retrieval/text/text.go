// Package text is the one analyzer: of both indexes, of queries, and of the numbers in answers.
//
// Tokens folds a text (NFKC, lower case, no diacritics) and cuts it into terms: Latin words as their English stems,
// CJK as single characters and pairs, a quantity with its unit as one term (128 GB = 128GB), a model number also in
// one piece (TN-2110 = TN2110). All offsets are bytes of the text as it was given.
//
// # Term weights
//
// Weights turns a document's Fields into a sparse vector, the same for every index:
//
//	w     = Σ over fields of  weight_f · tf_f / (1 − b_f + b_f · length_f / average_f)      (BM25F)
//	value = w · (k1 + 1) / (w + k1)
//
// where an occurrence in a title counts the more the nearer it stands to the title's beginning (see opening).
// A query term's weight is multiplied by ln(1 + (N − n + 0.5) / (n + 0.5)) at search time: Qdrant's Modifier_Idf, and
// what retrieval/local computes over the tenant's documents of one kind. The averages are constants and not the corpus's own, so that a stored value
// never goes stale and a document weighs the same in every index. Terms are addressed by Hash.
package text

// Fields are a document's texts by field name: title, brand, model, category, attributes, description …
type Fields map[string]string
