package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// presentDesk says what an agent does with a conversation; it is told to the others for a short while.
func (s *Server) presentDesk(c echo.Context) error {
	who, id, err := s.deskOf(c)
	if err != nil {
		return err
	}
	req, err := decode[struct {
		Doing string `json:"doing"`
	}](c)
	if err != nil {
		return err
	}
	if err := s.o.Desk.SetPresence(c.Request().Context(), who, id, req.Doing); err != nil {
		return err
	}
	s.changed(who.Tenant, id)
	return c.NoContent(http.StatusNoContent)
}

// deskAgents are the people of the desk.
func (s *Server) deskAgents(c echo.Context) error {
	all, err := s.o.Desk.DeskAgents(c.Request().Context(), callerOf(c).who)
	if err != nil {
		return err
	}
	type agent struct {
		ID     string   `json:"id"`
		Name   string   `json:"name"`
		State  string   `json:"state"`
		Open   int      `json:"open"`
		Skills []string `json:"skills"`
		Langs  []string `json:"langs"`
	}
	out := make([]agent, len(all))
	for i, a := range all {
		out[i] = agent{a.ID, a.Name, "away", a.Open, append([]string{}, a.Skills...), append([]string{}, a.Langs...)}
		if a.Online {
			out[i].State = "online"
		}
	}
	return reply(c, http.StatusOK, out)
}
