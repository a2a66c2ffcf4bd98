package api

import (
	"context"
	"crypto/rand"
	_ "embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/route"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/gateway/usage"
	"shopkeeper/shop"
	"shopkeeper/shop/picture"
	"shopkeeper/tools"
)

//go:embed openapi.yaml
var openapi []byte

// Options of a Server. Chats, Keys, Conversations and Catalogue are needed; for the rest the zero value works.
type Options struct {
	Chats         Chats
	Keys          Keys
	Conversations Conversations
	Catalogue     Catalogue
	Proposals     Proposals                                                                                // nil: nothing is ever proposed
	States        ProposalStates                                                                           // nil: conversations show their proposals as they were shown first
	Attachments   Attachments                                                                              // nil: no pictures are taken
	Desk          Desk                                                                                     // nil: no support desk
	Lookup        Lookup                                                                                   // nil: agents see the conversation's customer alone
	Quality       Quality                                                                                  // nil: no quality page, no reviews
	Ratings       func(ctx context.Context, who shop.Principal, from, to time.Time) ([]desk.Rating, error) // what shoppers gave, by when; nil: it is not collected
	Knowledge     Knowledge                                                                                // nil: documents are not edited here
	MayPublish    func(agent shop.Principal) bool                                                          // agents who may publish documents; nil: admins alone
	Customer      func(ctx context.Context, who, customer shop.Principal, lang string) (Customer, error)   // what the desk sees of a shopper; nil: the id alone
	Records       Records                                                                                  // nil: orders and rules are not pushed here
	Replies       Replies                                                                                  // nil: a request with Idempotency-Key is refused rather than run twice
	Ready         Ready                                                                                    // nil: always ready
	Tasks         []assistant.Task
	Answered      func(ctx context.Context, message string, r shop.ReplyMail) error // tells the shopper of a person's answer to a message; nil: nobody does
	Suggester     Suggester                                                         // nil: no replies are suggested
	Suggested     Suggested
	Secret        []byte        // signs browser tokens, 32 bytes or more; shared by replicas. nil: made up, tokens end with the process
	TokenLife     time.Duration // of a browser token; 0 = 15 min
	Demo          *DemoOptions  // nil: not the demo
	Storefront    string        // tenant whose catalogue the open pages show; "": a credential says which
	Limits        Limits
	Counter       usage.Counter // what Limits count with, shared by replicas; nil: nothing is limited
	Ledger        *usage.Ledger // lets requests in that cost something; nil: all
	Search        func(ctx context.Context, b Browse) (shop.ProductsCard, error)
	Product       func(ctx context.Context, tenant, id, lang string) (shop.ProductCard, error) // nil: made of Catalogue's record
	Shop          func(ctx context.Context, t shop.Tenant) (About, error)                      // what the storefront says of the shop
	Picture       func(category, title, color string, seed uint64) []byte                      // SVG
	Raw           Raw                                                                          // nil: no raw aliases
	RawModels     func() []string                                                              // what Raw routes, at the moment
	Embeddings    Raw                                                                          // nil: none
	EmbedModels   func() []string                                                              // what Embeddings routes, at the moment
	Web           fs.FS                                                                        // built pages
	Metrics       *telemetry.Metrics
	Traces        *telemetry.Traces // nil: none
	Log           *slog.Logger
	Codes         Codes                           // nil: no signing in by e-mail
	SignIn        SignIn                          // nil: staff sign in with keys alone
	Staff         []StaffGroup                    // who those are that sign in there
	Admin         Admin                           // nil: no operator's page
	Targets       func() []Rungs                  // how the aliases' targets are
	Running       func(tenant string) int         // turns under way in this process
	Switched      func(ctx context.Context) error // an assistant was switched: hear of it now
	Trusted       []netip.Prefix                  // proxies whose X-Forwarded-For counts; nil: nobody's
	Now           func() time.Time
	NewID         func() string
}

// Raw routes a request of an app or admin as it came, the client's own tools untouched. An error means that nothing was written yet.
type Raw func(w http.ResponseWriter, r *http.Request, q *route.Request, who shop.Principal) error

// Browse is one look at the catalogue by the storefront.
type Browse = tools.BrowseQuery

// About is what the storefront and the widget show of a shop before the first message.
type About struct {
	Categories []AboutCategory     `json:"categories"`
	Starters   map[string][]string `json:"starters"` // by language
	Languages  []string            `json:"languages"`
	Rung       string              `json:"rung,omitempty"` // the model that would answer now
}

// AboutCategory is one aisle of the shop.
type AboutCategory struct {
	Name   string `json:"name"`
	NameZH string `json:"name_zh,omitempty"`
	Count  int    `json:"count"`
}

// Server answers HTTP.
type Server struct {
	o        Options
	echo     *echo.Echo
	operator *echo.Echo
	limits   *limiter
	pages    map[string]page
	draining atomic.Bool
	ping     time.Duration // between SSE comments
	poll     time.Duration // between looks at an idle conversation
	desks    liveDesks
	news     news
}

// New makes a server; it starts nothing.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) (map[string]string, bool) { return nil, true }
	}
	if len(o.Secret) == 0 {
		o.Secret = make([]byte, 32)
		_, _ = rand.Read(o.Secret) // never fails (crypto/rand)
	}
	if o.TokenLife <= 0 {
		o.TokenLife = 15 * time.Minute
	}
	none := func() []string { return nil }
	if o.RawModels == nil {
		o.RawModels = none
	}
	if o.EmbedModels == nil {
		o.EmbedModels = none
	}
	if len(o.Tasks) == 0 {
		o.Tasks = []assistant.Task{{Name: "shopper", Roles: []shop.Role{shop.Shopper}}}
	}
	if o.Demo != nil {
		o.Keys = demoKeys{o.Keys, o.Demo.keys()}
		o.Limits = o.Limits.demo()
		if o.Storefront == "" {
			o.Storefront = o.Demo.Tenant.ID
		}
	}
	s := &Server{o: o, limits: &limiter{l: o.Limits.filled(), now: o.Now, counter: o.Counter, log: o.Log}, pages: loadPages(o.Web), ping: 15 * time.Second, poll: 250 * time.Millisecond}
	s.echo, s.operator = s.engine(), s.engine()
	s.routes(s.echo)
	s.operate(s.operator)
	return s
}

// Handler serves shoppers, apps and pages.
func (s *Server) Handler() http.Handler { return s.echo }

// Operator serves /metrics and readiness with its details: for a listener that only the operator reaches.
func (s *Server) Operator() http.Handler { return s.operator }

// Drain refuses new turns with 503 and makes /readyz say not_ready. Running turns go on: ending them is main's.
func (s *Server) Drain() { s.draining.Store(true) }

func (s *Server) engine() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.IPExtractor = extractor(s.o.Trusted)
	e.Pre(s.observe)
	return e
}

// anyPage is the route of the built pages. It fits every address that no other route fits.
const anyPage = "/*"

func (s *Server) routes(e *echo.Echo) {
	e.Pre(s.guard)
	for at, serve := range map[string]echo.HandlerFunc{
		"/healthz": s.healthz, "/readyz": s.readyz, "/openapi.yaml": s.description, "/img/:file": s.picture, anyPage: s.static,
	} {
		e.GET(at, serve)
		e.HEAD(at, serve)
	}

	a := e.Group("/api")
	chat, small := s.body(1<<20), s.body(64<<10)
	a.POST("/session", s.openSession, small) // stores nothing, so there is nothing to do twice
	a.POST("/session/code", s.askCode, small, s.asCaller, s.once)
	a.POST("/session/verify", s.useCode, small, s.asCaller, s.once)
	a.POST("/chat", s.postChat, chat, s.asCaller, s.once)
	a.GET("/chat/:id/stream", s.resumeChat, s.asCaller)
	a.POST("/chat/:id/stop", s.stopChat, small, s.asCaller, s.once)
	a.GET("/conversations", s.listConversations, s.asCaller)
	a.GET("/conversations/:id", s.getConversation, s.asCaller)
	a.DELETE("/conversations/:id", s.deleteConversation, s.asCaller)
	a.GET("/conversations/:id/events", s.conversationEvents, s.asCaller)
	a.POST("/conversations/:id/feedback", s.postFeedback, small, s.asCaller, s.once)
	a.POST("/conversations/:id/rating", s.postRating, small, s.asCaller, s.once)
	a.POST("/conversations/:id/attachments", s.postAttachment, s.body(picture.MaxBytes), s.asCaller, s.once)
	a.GET("/attachments/:id", s.getAttachment, s.asCaller)
	a.POST("/proposals/:id/confirm", s.confirmProposal, small, s.asCaller, s.once)
	a.POST("/proposals/:id/decline", s.declineProposal, small, s.asCaller, s.once)
	a.POST("/suggestions", s.askSuggestions, s.body(1<<20), s.asSuggested, s.once)
	a.GET("/suggestions", s.askedSuggestions, s.asSuggested)
	for act, state := range suggestionActs {
		a.POST("/suggestions/:id/"+act, s.markSuggestion(state), small, s.asSuggested, s.once)
	}
	a.PUT("/products", s.putProducts, s.body(16<<20), s.asCaller, s.once)
	a.PUT("/orders", s.putOrders, s.body(16<<20), s.asCaller, s.recorded, s.once)
	a.PUT("/rules", s.putRules, small, s.asCaller, s.recorded, s.once)
	a.GET("/rules", s.getRules, s.asCaller, s.recorded)
	a.GET("/products", s.listProducts)
	a.GET("/products/:id", s.getProduct)
	a.GET("/shop", s.aboutShop)
	a.GET("/login", s.loginState)
	a.POST("/login", s.login, small)
	a.POST("/logout", s.logout, small)
	a.GET("/login/oidc", s.beginSignIn)
	a.GET("/login/oidc/callback", s.finishSignIn)
	d := a.Group("/desk")
	d.GET("/conversations", s.listDesk, s.asDesk)
	d.GET("/conversations/:id", s.getDesk, s.asDesk)
	d.GET("/events", s.deskEvents, s.asDesk)
	for act, fn := range map[string]func(context.Context, shop.Principal, string, deskRequest) (desk.Row, error){
		"take": s.takeDesk, "handback": s.handBackDesk, "assign": s.assignDesk, "close": s.closeDesk, "reopen": s.reopenDesk, "labels": s.labelDesk, "merge": s.mergeDesk, "review": s.reviewDesk,
	} {
		d.POST("/conversations/:id/"+act, s.deskAct(fn), small, s.asDesk, s.once)
	}
	d.POST("/conversations/:id/reply", s.replyDesk, small, s.asDesk, s.once)
	d.POST("/conversations/:id/notes", s.noteDesk, small, s.asDesk, s.once)
	d.POST("/conversations/:id/presence", s.presentDesk, small, s.asDesk, s.once)
	d.GET("/agents", s.deskAgents, s.asDesk)
	d.POST("/lookup", s.lookUp, small, s.asDesk) // it stores nothing, and its answer is not to be stored either
	d.GET("/quality", s.deskQuality, s.asDesk)
	d.GET("/macros", s.listMacros, s.asKnowing)
	a.GET("/knowledge", s.listKnowledge, s.asKnowing)
	a.GET("/knowledge/:kind/:id", s.getKnowledge, s.asKnowing)
	a.PUT("/knowledge/:kind/:id", s.putKnowledge, chat, s.asKnowing, s.once)
	a.POST("/knowledge/:kind/:id/publish", s.publishKnowledge, small, s.asKnowing, s.once)
	a.POST("/knowledge/:kind/:id/withdraw", s.withdrawKnowledge, small, s.asKnowing, s.once)
	a.GET("/admin/live", s.live, s.asAdmin)
	a.GET("/admin/targets", s.targets, s.asAdmin)
	a.GET("/admin/turns", s.turns, s.asAdmin)
	a.GET("/admin/turns/:id", s.oneTurn, s.asAdmin)
	a.GET("/admin/spend", s.spend, s.asAdmin)
	a.GET("/admin/assistants", s.listSwitches, s.asAdmin)
	a.PUT("/admin/assistants/:name", s.putSwitch, small, s.asAdmin)
	a.GET("/admin/audit", s.listAudit, s.asAdmin)

	v1, long := e.Group("/v1"), s.body(8<<20)
	v1.POST("/chat/completions", s.completions, long, s.asCaller, s.once)
	v1.GET("/models", s.listModels, s.asCaller)
	v1.GET("/models/:id", s.getModel, s.asCaller)
	v1.POST("/embeddings", s.embeddings, long, s.asCaller)
}
