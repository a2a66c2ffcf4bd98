package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Quality keeps what the desk's quality is told from; the store implements it. It is for agents and admins of the tenant, as Desk is.
type Quality interface {
	QualityFacts(ctx context.Context, who shop.Principal, q desk.QualityQuery) (desk.Facts, error)
	Review(ctx context.Context, who shop.Principal, id string, e *desk.Expect, r desk.Review) (desk.Row, error)
	ReviewOf(ctx context.Context, who shop.Principal, id string) (*desk.Review, error) // nil: none holds
}

// qualityDays is how many days are told at most.
const qualityDays = 366

type qualityView struct {
	From string `json:"from"`
	To   string `json:"to"` // the last day
	Zone string `json:"zone"`
	Lang string `json:"lang"`
	desk.Quality
}

// days are those of the address, in the tenant's zone: from the first one's begin until the last one's end.
func (s *Server) days(c echo.Context, zone *time.Location) (from, until time.Time, err error) {
	y, m, d := s.o.Now().In(zone).Date()
	read := func(name string, absent time.Time) (time.Time, error) {
		v := c.QueryParam(name)
		if v == "" {
			return absent, nil
		}
		at, err := time.ParseInLocation(time.DateOnly, v, zone)
		if err != nil {
			return at, invalid(name, "“%s” must be a day such as 2026-03-01.", name)
		}
		return at, nil
	}
	if until, err = read("to", time.Date(y, m, d, 0, 0, 0, 0, zone)); err != nil {
		return from, until, err
	}
	if from, err = read("from", until.AddDate(0, 0, -27)); err != nil {
		return from, until, err
	}
	until = until.AddDate(0, 0, 1)
	if !from.Before(until) || from.AddDate(0, 0, qualityDays).Before(until) {
		return from, until, invalid("from", "“from” must be “to” or a day before it, %d days at most.", qualityDays)
	}
	return from, until, nil
}

func (s *Server) deskQuality(c echo.Context) error {
	if s.o.Quality == nil {
		return echo.ErrNotFound
	}
	ctx, who := c.Request().Context(), callerOf(c).who
	lang := c.QueryParam("lang")
	if err := checkLang(lang); err != nil {
		return err
	}
	t, err := s.o.Keys.Tenant(ctx, who.Tenant)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(t.Zone) // "" is UTC
	if err != nil {
		zone = time.UTC
	}
	from, until, err := s.days(c, zone)
	if err != nil {
		return err
	}
	now := s.o.Now()
	var ratings []desk.Rating
	q := desk.QualityQuery{From: from, To: until, Lang: lang}
	if s.o.Ratings != nil { // of a conversation's end, which may be after the last day
		if ratings, err = s.o.Ratings(ctx, who, from, later(now, until)); err != nil {
			return err
		}
		rated := map[string]bool{}
		for _, r := range ratings {
			rated[r.Conversation] = true
		}
		ratings, q.Rated = append([]desk.Rating{}, ratings...), slices.Sorted(maps.Keys(rated))
	}
	facts, err := s.o.Quality.QualityFacts(ctx, who, q)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, qualityView{
		from.Format(time.DateOnly), until.AddDate(0, 0, -1).Format(time.DateOnly), zone.String(), lang, desk.QualityOf(facts, ratings, from, until, now),
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// reviewDesk says whether a conversation came to its end. With a revision it holds for what was looked at alone.
func (s *Server) reviewDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (w desk.Row, err error) {
	if s.o.Quality == nil {
		return w, echo.ErrNotFound
	}
	if r.Resolved == nil {
		return w, invalid("resolved", "Say with “resolved” whether it is: true or false.")
	}
	if r.Note != "" {
		if r.Note, err = cleanMessage("note", r.Note); err != nil {
			return w, err
		}
	}
	var e *desk.Expect
	if r.Revision != nil {
		e = &desk.Expect{Revision: *r.Revision, LastUser: r.LastUser}
	}
	return s.o.Quality.Review(ctx, who, id, e, desk.Review{Resolved: *r.Resolved, Note: r.Note})
}
