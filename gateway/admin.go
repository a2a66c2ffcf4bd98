package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"shopkeeper/shop"
)

// TenantCmd keeps tenants.
type TenantCmd struct {
	Add  TenantAddCmd  `cmd:"" help:"Add a tenant; the same settings again change nothing."`
	List TenantListCmd `cmd:"" help:"List tenants."`
}

type TenantAddCmd struct {
	Files
	ID       string        `arg:"" help:"Tenant id: a–z, 0–9, - and _."`
	Name     string        `help:"The shop's name as shoppers see it; empty: the id."`
	Currency string        `help:"ISO 4217 code." required:""`
	Zone     string        `help:"IANA time zone." default:"UTC"`
	Lang     string        `help:"Language of the catalogue: en or zh." default:"en" enum:"en,zh"`
	Issuer   []string      `help:"Public key (PEM file) of the shop's own tokens, as KEYID=FILE." placeholder:"KEYID=FILE"`
	Limits   QuotaSettings `embed:"" prefix:"limit-"`
	JSON     bool          `help:"Print the result as JSON."`
}

var tenantID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func (c *TenantAddCmd) Run(e *env) error {
	c.Currency = strings.ToUpper(c.Currency)
	switch {
	case !tenantID.MatchString(c.ID):
		return misuse("tenant id %q: use 1 to 64 of a–z, 0–9, - and _, beginning with a letter or digit", c.ID)
	case !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(c.Currency):
		return misuse("currency %q: use an ISO 4217 code such as USD", c.Currency)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		return misuse("zone %q: use an IANA time zone such as Europe/Berlin or UTC", c.Zone)
	}
	t := shop.Tenant{ID: c.ID, Name: c.Name, Currency: c.Currency, Zone: c.Zone, Lang: c.Lang, Limits: c.Limits.limits()}
	if err := c.Limits.check("limits"); err != nil {
		return misuse("%w", err)
	}
	if t.Name == "" {
		t.Name = c.ID
	}
	for _, is := range c.Issuer {
		kid, file, ok := strings.Cut(is, "=")
		if !ok {
			return misuse("issuer %q: write KEYID=FILE", is)
		}
		pem, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read issuer key: %w", err)
		}
		if t.Issuers == nil {
			t.Issuers = map[string]string{}
		}
		t.Issuers[kid] = string(pem)
	}
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	old, err := st.Tenant(e.ctx, t.ID)
	if err == nil && old.Currency != t.Currency {
		return fmt.Errorf("tenant %s has its prices in %s; a tenant's currency cannot change: add another tenant", t.ID, old.Currency)
	}
	if err := st.PutTenant(e.ctx, t); err != nil {
		return err
	}
	if err := audited(e.ctx, st, shop.AuditEntry{Tenant: t.ID, Act: "tenant_put", Object: t.ID}); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, t)
	}
	fmt.Fprintf(e.stdout, "tenant %s: %s, %s, %s\n", t.ID, t.Currency, t.Zone, t.Lang)
	return nil
}

type TenantListCmd struct {
	Files
	JSON bool `help:"Print JSON."`
}

func (c *TenantListCmd) Run(e *env) error {
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	ts, err := st.Tenants(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, ts)
	}
	for _, t := range ts {
		fmt.Fprintf(e.stdout, "%s\t%s\t%s\t%s\n", t.ID, t.Currency, t.Zone, t.Lang)
	}
	return nil
}

// KeysCmd keeps credentials.
type KeysCmd struct {
	Add    KeysAddCmd    `cmd:"" help:"Add a key; its secret is shown once."`
	List   KeysListCmd   `cmd:"" help:"List keys, without secrets."`
	Rotate KeysRotateCmd `cmd:"" help:"Give a key a new secret; the old one works on for a while."`
	Revoke KeysRevokeCmd `cmd:"" help:"Revoke a key."`
}

type KeysAddCmd struct {
	Files
	Tenant   string        `help:"Tenant." required:""`
	Role     string        `help:"app, widget, shopper, agent, merchant or admin." required:"" enum:"app,widget,shopper,agent,merchant,admin"`
	Merchant string        `help:"Merchant id (role merchant)."`
	ID       string        `help:"The person the key stands for (roles shopper, agent, merchant, admin)."`
	Origin   string        `help:"The one web origin a widget key works from, such as https://shop.example."`
	Limits   QuotaSettings `embed:"" prefix:"limit-"`
	JSON     bool          `help:"Print JSON."`
}

func (c *KeysAddCmd) Run(e *env) error {
	role := shop.Role(c.Role)
	switch {
	case role == shop.Merchant && c.Merchant == "":
		return misuse("a merchant key needs --merchant M")
	case role != shop.Merchant && c.Merchant != "":
		return misuse("--merchant goes with --role merchant only")
	case role == shop.Shopper && c.ID == "":
		return misuse("a shopper key needs --id ID: the shopper it stands for")
	case role == shop.Widget && c.Origin == "":
		return misuse("a widget key needs --origin O: the web origin it may be used from, such as https://shop.example")
	case role != shop.Widget && c.Origin != "":
		return misuse("--origin goes with --role widget only")
	}
	if err := c.Limits.check("limits"); err != nil {
		return misuse("%w", err)
	}
	if c.Origin != "" {
		u, err := url.Parse(c.Origin)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.Trim(u.Path, "/") != "" {
			return misuse("origin %q: write scheme and host, such as https://shop.example", c.Origin)
		}
		c.Origin = u.Scheme + "://" + u.Host
	}
	st, err := c.openFor(e.ctx, c.Tenant)
	if err != nil {
		return err
	}
	defer st.Close()
	secret, key := newKey(role)
	key.Tenant, key.Merchant, key.Person, key.Origin = c.Tenant, c.Merchant, c.ID, c.Origin
	key.Limits = c.Limits.limits()
	if err := st.AddKey(e.ctx, key); err != nil {
		return err
	}
	if err := audited(e.ctx, st, shop.AuditEntry{Tenant: key.Tenant, Act: "key_added", Object: key.ID, Detail: c.Role}); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, map[string]string{"id": key.ID, "secret": secret, "tenant": key.Tenant, "role": c.Role})
	}
	fmt.Fprintf(e.stdout, "%s\n", secret)
	fmt.Fprintf(e.stderr, "key %s (%s of %s): the line above is its secret; it is not shown again\n", key.ID, role, key.Tenant)
	return nil
}

// newKey makes a credential of 192 random bits. Publishable widget keys say so by their prefix.
func newKey(role shop.Role) (secret string, k shop.Key) {
	var raw [24]byte
	rand.Read(raw[:])
	prefix := "sk_"
	if role == shop.Widget {
		prefix = "wk_"
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(raw[:])
	return secret, shop.Key{ID: "key_" + strings.ToLower(rand.Text()[:10]), Role: role, Hash: sha256.Sum256([]byte(secret)), Created: time.Now().UTC()}
}

type KeysListCmd struct {
	Files
	Tenant string `help:"Only this tenant's."`
	JSON   bool   `help:"Print JSON."`
}

func (c *KeysListCmd) Run(e *env) error {
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	ks, err := st.Keys(e.ctx, c.Tenant)
	if err != nil {
		return err
	}
	if c.JSON {
		type row struct {
			ID       string    `json:"id"`
			Tenant   string    `json:"tenant"`
			Role     shop.Role `json:"role"`
			Merchant string    `json:"merchant,omitempty"`
			Person   string    `json:"person,omitempty"`
			Origin   string    `json:"origin,omitempty"`
			Created  time.Time `json:"created"`
			Expires  time.Time `json:"expires,omitzero"`
			Revoked  bool      `json:"revoked"`
		}
		rows := []row{}
		for _, k := range ks {
			rows = append(rows, row{k.ID, k.Tenant, k.Role, k.Merchant, k.Person, k.Origin, k.Created, k.Expires, k.Revoked})
		}
		return printJSON(e.stdout, rows)
	}
	for _, k := range ks {
		state := "active"
		switch {
		case k.Revoked:
			state = "revoked"
		case !k.Expires.IsZero():
			state = "until " + k.Expires.Format(time.RFC3339)
		}
		fmt.Fprintf(e.stdout, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Tenant, k.Role, strings.Trim(k.Merchant+" "+k.Person+" "+k.Origin, " "), k.Created.Format(time.RFC3339), state)
	}
	return nil
}

type KeysRotateCmd struct {
	Files
	Key     string        `arg:"" name:"id" help:"Key id, as keys list shows it."`
	Overlap time.Duration `help:"How long the old secret works on." default:"24h"`
	JSON    bool          `help:"Print JSON."`
}

func (c *KeysRotateCmd) Run(e *env) error {
	if c.Overlap < 0 {
		return misuse("overlap %s: write a duration such as 24h, or 0s to end the old secret at once", c.Overlap)
	}
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	keys, err := st.Keys(e.ctx, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k shop.Key) bool { return k.ID == c.Key })
	if i < 0 {
		return fmt.Errorf("there is no key %q: see `shopkeeper keys list`", c.Key)
	}
	secret, next := newKey(keys[i].Role)
	if next, err = st.RotateKey(e.ctx, c.Key, next, c.Overlap); err != nil {
		return err
	}
	if err := audited(e.ctx, st, shop.AuditEntry{Tenant: next.Tenant, Act: "key_rotated", Object: c.Key, Detail: "now " + next.ID + ", the old secret works for " + c.Overlap.String()}); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, map[string]string{"id": next.ID, "secret": secret, "tenant": next.Tenant, "role": string(next.Role)})
	}
	fmt.Fprintf(e.stdout, "%s\n", secret)
	fmt.Fprintf(e.stderr, "key %s takes the place of %s, whose secret works for %s more; the line above is the new secret, it is not shown again\n", next.ID, c.Key, c.Overlap)
	return nil
}

type KeysRevokeCmd struct {
	Files
	Key  string `arg:"" name:"id" help:"Key id, as keys list shows it."`
	JSON bool   `help:"Print the result as JSON."`
}

func (c *KeysRevokeCmd) Run(e *env) error {
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	keys, err := st.Keys(e.ctx, "")
	if err != nil {
		return err
	}
	if err := st.RevokeKey(e.ctx, c.Key); err != nil {
		var se *shop.Error
		if errors.As(err, &se) && se.Kind == shop.NotFound {
			return fmt.Errorf("there is no key %q: see `shopkeeper keys list`", c.Key)
		}
		return err
	}
	i := slices.IndexFunc(keys, func(k shop.Key) bool { return k.ID == c.Key }) // it is there: it was revoked
	if err := audited(e.ctx, st, shop.AuditEntry{Tenant: keys[i].Tenant, Act: "key_revoked", Object: c.Key}); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, map[string]any{"id": c.Key, "revoked": true})
	}
	fmt.Fprintf(e.stdout, "key %s is revoked\n", c.Key)
	return nil
}

// ConfigCmd shows and checks settings.
type ConfigCmd struct {
	Print ConfigPrintCmd `cmd:"" help:"Print all settings with defaults and comments as TOML."`
	Check ConfigCheckCmd `cmd:"" help:"Check a file: unknown keys, bad values."`
}

type ConfigPrintCmd struct {
	Settings
	Config string `help:"Configuration file (TOML)." type:"path" env:"SHOPKEEPER_CONFIG" placeholder:"F"`
}

func (c *ConfigPrintCmd) Run(e *env) error {
	if err := c.overlay(c.Config, e.kong); err != nil {
		return err
	}
	return c.Settings.print(e.stdout)
}

type ConfigCheckCmd struct {
	File string `arg:"" help:"File to check." type:"path"`
	JSON bool   `help:"Print the result as JSON."`
}

func (c *ConfigCheckCmd) Run(e *env) error {
	if _, _, err := readFile(c.File); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, map[string]any{"file": c.File, "good": true})
	}
	fmt.Fprintf(e.stdout, "%s: good\n", c.File)
	return nil
}
