package shop

import "time"

// AuditEntry is an act of staff or of an operator, as it is kept: who did what to what. It holds no secret.
type AuditEntry struct {
	ID     string    `json:"id"`
	Tenant string    `json:"-"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`            // a key's id or a person; "operator" for the command line
	Act    string    `json:"act"`              // such as sign_in, assistant_off, key_revoked
	Object string    `json:"object,omitempty"` // what it was done to
	Detail string    `json:"detail,omitempty"`
}

// Switch says whether an assistant of a tenant answers. One that nobody ever touched is on.
type Switch struct {
	Tenant    string    `json:"-"`
	Assistant string    `json:"name"`
	On        bool      `json:"on"`
	Since     time.Time `json:"since,omitzero"`
	By        string    `json:"by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

// AllSwitches are those of all assistants of a tenant, in their order: the ones that somebody touched as they stand, the others on.
func AllSwitches(tenant string, assistants []string, touched []Switch) []Switch {
	out := make([]Switch, len(assistants))
	for i, name := range assistants {
		out[i] = Switch{Tenant: tenant, Assistant: name, On: true}
		for _, w := range touched {
			if w.Assistant == name {
				out[i] = w
			}
		}
	}
	return out
}
