package ingest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tmc/langchaingo/documentloaders"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/textsplitter"
	nethtml "golang.org/x/net/html"

	"shopkeeper/shop"
)

// A passage is what an answer cites: short enough to read, long enough to stand alone. In characters.
const (
	passageSize  = 700
	documentSize = 4 << 20
)

// LoadDocuments reads every Markdown, HTML, CSV and text file below dir and publishes those whose text has changed, in name order.
// Markdown and text may begin with front matter between --- lines that names title, kind, version, lang, tags and phrases; a document
// without a version gets the hash of its content. The same documents again change nothing, nor does a folder with a bad file in it.
// Other files are left alone and returned in skipped.
func LoadDocuments(ctx context.Context, to Documents, tenant string, dir fs.FS) (documents, passages int, skipped []string, err error) {
	type document struct {
		file     string
		passages int
		shop.Document
	}
	all := map[string]document{}
	err = fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return nil
		}
		switch strings.ToLower(path.Ext(name)) {
		case ".md", ".markdown", ".html", ".htm", ".csv", ".txt":
		default:
			skipped = append(skipped, name)
			return nil
		}
		if info, err := d.Info(); err == nil && info.Size() > documentSize {
			return fmt.Errorf("%s is %d bytes; a document may have %d: split it", name, info.Size(), documentSize)
		}
		raw, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		read, err := Read(ctx, name, raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		ps, err := Split(read)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		read.Tenant = tenant
		key := string(read.Kind) + "/" + read.ID
		if other, twice := all[key]; twice {
			return fmt.Errorf("%s and %s would be one document: rename one of them", other.file, name)
		}
		all[key] = document{name, len(ps), read}
		return nil
	})
	if err != nil {
		return 0, 0, skipped, fmt.Errorf("load documents: %w", err)
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		d := all[id]
		if err := to.PutDocument(ctx, d.Document); err != nil {
			return documents, passages, skipped, fmt.Errorf("load documents: store %s: %w", d.file, err)
		}
		documents, passages = documents+1, passages+d.passages
	}
	return documents, passages, skipped, nil
}

// Read makes a document of one file; its text is Markdown whatever the file was. It is cited by the front matter's title, else by the
// file's name without folder and ending; its id is the file's, so that a new title or version is the same document's.
func Read(ctx context.Context, name string, raw []byte) (d shop.Document, err error) {
	if !utf8.Valid(raw) {
		return d, errors.New("is not UTF-8: save it as UTF-8")
	}
	sum := sha256.Sum256(raw)
	meta, body := frontMatter(string(raw))
	d = shop.Document{
		Kind: shop.DocumentKind(cmp.Or(meta["kind"], string(shop.Policy))), ID: shop.DocumentID(strings.TrimSuffix(name, path.Ext(name))), Lang: meta["lang"],
		Title: cmp.Or(meta["title"], strings.TrimSuffix(path.Base(name), path.Ext(name))), Label: cmp.Or(meta["version"], hex.EncodeToString(sum[:4])),
		Tags: parts(meta["tags"], ","), Phrases: parts(meta["phrases"], "|"),
	}
	if !slices.Contains(shop.DocumentKinds, d.Kind) {
		return d, fmt.Errorf("its kind is %q: write policy, faq or macro", d.Kind)
	}
	var pieces []piece
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		d.Text = strings.TrimSpace(body)
		return d, nil
	case ".html", ".htm":
		pieces, err = htmlPieces(ctx, body)
	case ".csv":
		pieces, err = csvPieces(ctx, body)
	default:
		d.Text = escaped(strings.TrimSpace(body))
		return d, nil
	}
	section := ""
	for _, p := range pieces {
		if p.section != section {
			section = p.section
			d.Text += "## " + section + "\n\n"
		}
		d.Text += escaped(strings.TrimSpace(p.text)) + "\n\n"
	}
	d.Text = strings.TrimSpace(d.Text)
	return d, err
}

func parts(s, sep string) (out []string) {
	for p := range strings.SplitSeq(s, sep) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// escaped keeps plain text from being read as headings.
func escaped(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "#") {
			lines[i] = "\\" + l
		}
	}
	return strings.Join(lines, "\n")
}

// Split implements store.Split: at headings, so that a passage never spans two sections, and then to a size that can be read.
func Split(d shop.Document) ([]shop.Passage, error) {
	if d.Kind == shop.Macro {
		return nil, nil
	}
	pieces, err := markdownPieces(d.Text)
	if err != nil {
		return nil, err
	}
	var ps []shop.Passage
	for _, p := range pieces {
		quote := strings.TrimSpace(p.text)
		if quote == "" {
			continue
		}
		ps = append(ps, shop.Passage{
			ID: fmt.Sprintf("%s/%s@%d#%d", d.Kind, d.ID, d.Version, len(ps)+1), Document: d.Title, Section: cmp.Or(p.section, d.Title),
			Version: d.Cited(), Lang: d.Lang, Quote: quote,
		})
	}
	return ps, nil
}

type piece struct{ section, text string }

// frontMatter reads `key: value` lines between two --- lines at the top.
func frontMatter(s string) (map[string]string, string) {
	s = strings.TrimPrefix(strings.ReplaceAll(s, "\r\n", "\n"), "\ufeff")
	rest, ok := strings.CutPrefix(s, "---\n")
	if !ok {
		return map[string]string{}, s
	}
	head, body, ok := strings.Cut(rest, "\n---\n")
	if !ok {
		return map[string]string{}, s
	}
	meta := map[string]string{}
	for line := range strings.Lines(head) {
		if k, v, ok := strings.Cut(line, ":"); ok {
			meta[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return meta, body
}

func recursive() textsplitter.TextSplitter {
	return textsplitter.NewRecursiveCharacter(
		textsplitter.WithChunkSize(passageSize), textsplitter.WithChunkOverlap(0),
		textsplitter.WithKeepSeparator(true),
		textsplitter.WithSeparators([]string{"\n\n", "\n", "。", "！", "？", ". ", "；", "; ", "，", " ", ""}),
	)
}

// markdownPieces cuts at headings first, so that a passage never spans two sections; the splitter's own heading
// hierarchy tells the section.
func markdownPieces(body string) ([]piece, error) {
	chunks, err := textsplitter.NewMarkdownTextSplitter(
		textsplitter.WithChunkSize(passageSize), textsplitter.WithChunkOverlap(0),
		textsplitter.WithHeadingHierarchy(true), textsplitter.WithJoinTableRows(true), textsplitter.WithCodeBlocks(true),
		textsplitter.WithSecondSplitter(recursive()),
	).SplitText(body)
	if err != nil {
		return nil, fmt.Errorf("split Markdown: %w", err)
	}
	var out []piece
	for _, c := range chunks {
		var heads []string
		for {
			line, rest, _ := strings.Cut(c, "\n")
			if !strings.HasPrefix(line, "#") {
				break
			}
			heads = append(heads, strings.TrimSpace(strings.TrimLeft(line, "#")))
			c = rest
		}
		section := ""
		if len(heads) > 0 {
			section = heads[len(heads)-1]
		}
		out = append(out, piece{section, c})
	}
	return out, nil
}

// htmlPieces cuts at h1–h3 before the loader flattens the markup; scripts and styles never become text.
func htmlPieces(ctx context.Context, body string) ([]piece, error) {
	var (
		out     []piece
		section string
		frag    bytes.Buffer
		inHead  bool
		head    strings.Builder
		dropped int
	)
	flush := func() error {
		if strings.TrimSpace(frag.String()) == "" {
			return nil
		}
		docs, err := documentloaders.NewHTML(bytes.NewReader(frag.Bytes())).Load(ctx)
		if err != nil {
			return fmt.Errorf("read HTML: %w", err)
		}
		frag.Reset()
		for _, d := range docs {
			d.PageContent = blankLines(html.UnescapeString(d.PageContent)) // the loader escapes what it cleans
			cut, err := cutText(d)
			if err != nil {
				return err
			}
			for _, t := range cut {
				out = append(out, piece{section, t})
			}
		}
		return nil
	}
	z := nethtml.NewTokenizer(strings.NewReader(body))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			break
		}
		raw := string(z.Raw())
		name, _ := z.TagName()
		tag := string(name)
		switch {
		case tag == "script" || tag == "style" || tag == "title" || tag == "noscript":
			if kind == nethtml.StartTagToken {
				dropped++
			} else if kind == nethtml.EndTagToken && dropped > 0 {
				dropped--
			}
		case dropped > 0:
		case tag == "h1" || tag == "h2" || tag == "h3":
			inHead = kind == nethtml.StartTagToken
			if inHead {
				if err := flush(); err != nil {
					return nil, err
				}
				head.Reset()
			} else {
				section = strings.Join(strings.Fields(head.String()), " ")
			}
		case inHead:
			if kind == nethtml.TextToken {
				head.WriteString(html.UnescapeString(raw))
			}
		default:
			// The loader keeps no layout.
			if kind == nethtml.EndTagToken && (tag == "td" || tag == "th") {
				frag.WriteString(cellEnd)
			}
			frag.WriteString(raw)
			if kind == nethtml.EndTagToken || tag == "br" {
				switch tag {
				case "p", "li", "tr", "div", "br", "h4", "h5", "h6", "dt", "dd":
					frag.WriteString("\n")
				}
			}
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return out, nil
}

// cellEnd parts the cells of a table's row.
const cellEnd = " | "

// csvPieces makes one passage a row; a question or title column names its section, else one of topics. Empty cells are left out.
func csvPieces(ctx context.Context, body string) ([]piece, error) {
	docs, err := documentloaders.NewCSV(strings.NewReader(body)).Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("read CSV: %w", err)
	}
	var out []piece
	for _, d := range docs {
		section, topic := "", ""
		var kept []string
		for line := range strings.Lines(d.PageContent) {
			k, v, cell := strings.Cut(strings.TrimRight(line, "\n"), ":")
			if v = strings.TrimSpace(v); cell && v == "" {
				continue
			}
			kept = append(kept, strings.TrimRight(line, "\n"))
			switch strings.ToLower(strings.TrimSpace(k)) {
			case "question", "title", "问题", "标题":
				section = cmp.Or(section, v)
			case "topic", "section", "主题":
				topic = cmp.Or(topic, v)
			}
		}
		out = append(out, piece{cmp.Or(section, topic), strings.Join(kept, "\n")})
	}
	return out, nil
}

func cutText(d schema.Document) ([]string, error) {
	docs, err := textsplitter.SplitDocuments(recursive(), []schema.Document{d})
	if err != nil {
		return nil, fmt.Errorf("split text: %w", err)
	}
	out := make([]string, 0, len(docs))
	for _, d := range docs {
		out = append(out, d.PageContent)
	}
	return out, nil
}

// blankLines trims lines and folds runs of empty ones.
func blankLines(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSuffix(strings.Join(strings.Fields(line), " "), strings.TrimRight(cellEnd, " "))
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// ReadAll makes documents of files that are in memory, by their names and in the names' order.
func ReadAll(ctx context.Context, files map[string]string) ([]shop.Document, error) {
	var out []shop.Document
	for _, name := range slices.Sorted(maps.Keys(files)) {
		d, err := Read(ctx, name, []byte(files[name]))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out = append(out, d)
	}
	return out, nil
}
