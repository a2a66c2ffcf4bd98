package api

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

type model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

type modelList struct {
	Object string  `json:"object"`
	Data   []model `json:"data"`
}

// modelsBorn is what `created` says of every model: an alias has no date of its own.
const modelsBorn = 1_767_225_600 // 2026-01-01

// models are the assistants of a role and, for apps and admins, the raw aliases.
func (s *Server) models(r shop.Role) []model {
	out := []model{}
	for _, t := range s.assistants(r) {
		out = append(out, model{t.Name, "model", modelsBorn, "shopkeeper"})
	}
	for _, m := range s.o.RawModels() {
		if s.routed(r, m) && !slices.ContainsFunc(out, func(o model) bool { return o.ID == m }) {
			out = append(out, model{m, "model", modelsBorn, "upstream"})
		}
	}
	for _, m := range s.o.EmbedModels() {
		if s.embeds(r, m) && !slices.ContainsFunc(out, func(o model) bool { return o.ID == m }) {
			out = append(out, model{m, "model", modelsBorn, "upstream"})
		}
	}
	return out
}

func (s *Server) listModels(c echo.Context) error {
	return reply(c, http.StatusOK, modelList{"list", s.models(callerOf(c).who.Role)})
}

func (s *Server) getModel(c echo.Context) error {
	id := param(c, "id")
	for _, m := range s.models(callerOf(c).who.Role) {
		if m.ID == id {
			return reply(c, http.StatusOK, m)
		}
	}
	return noModel(id)
}

func (s *Server) embeds(r shop.Role, model string) bool {
	return s.o.Embeddings != nil && (r == shop.App || r == shop.Admin) && slices.Contains(s.o.EmbedModels(), model)
}

// embeddings routes a request of an app or admin.
func (s *Server) embeddings(c echo.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	who := callerOf(c).who
	if who.Role != shop.App && who.Role != shop.Admin {
		return &shop.Error{Kind: shop.Forbidden, Msg: "Embeddings are for app and admin keys."}
	}
	q, err := readRequest(body)
	if err != nil {
		return err
	}
	switch input := q.Field("input"); {
	case q.Model == "":
		return invalid("model", "“model” is missing: name one of GET /v1/models.")
	case len(input) == 0 || input[0] != '"' && input[0] != '[':
		return invalid("input", "“input” must be a string or a list.")
	case !s.embeds(who.Role, q.Model):
		return s.noModel(who.Role, q.Model)
	}
	release, err := s.admitted(c, who)
	if err != nil {
		return err
	}
	defer release()
	return s.o.Embeddings(c.Response(), c.Request(), q, who)
}
