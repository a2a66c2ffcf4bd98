// Package web embeds the built pages: index.html (the demo storefront) and widget.js (the one file that a shop embeds).
// dist is committed, so building the binary needs no Node; `npm run build` in this folder writes it again, to the byte.
package web

import "embed"

// Dist holds the files under "dist/". Their names carry no hash: serve them with an ETag of their content.
//
//go:embed all:dist
var Dist embed.FS
