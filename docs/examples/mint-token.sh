#!/bin/sh
# Get a browser token for one of your shoppers, from your shop's server. Needs curl, and openssl for the second way.
#
#   by app key:        SHOP_URL=http://127.0.0.1:8080 SHOP_KEY=demo-app ./mint-token.sh SHOPPER
#   by your own token: SHOP_URL=… SHOP_TENANT=acme SHOP_SIGNING_KEY=private.pem [SHOP_KEY_ID=k1] ./mint-token.sh SHOPPER
#
# The signing key is Ed25519 (openssl genpkey -algorithm ed25519 -out private.pem); its public half stands in the tenant's
# configuration. The key never leaves your server; only what this prints goes to the browser.
set -eu
url=${SHOP_URL:?address of the Shopkeeper server} shopper=${1:?usage: mint-token.sh SHOPPER}

# quote makes a JSON string of its argument.
quote() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

if [ -n "${SHOP_SIGNING_KEY:-}" ]; then
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	now=$(date +%s)
	header=$(printf '{"alg":"EdDSA","typ":"JWT","kid":%s}' "$(quote "${SHOP_KEY_ID:-k1}")" | base64url)
	claims=$(printf '{"iss":%s,"sub":%s,"aud":"shopkeeper","iat":%d,"exp":%d}' \
		"$(quote "${SHOP_TENANT:?your tenant}")" "$(quote "$shopper")" "$now" "$((now + 300))" | base64url)
	printf %s "$header.$claims" >"$dir/jwt"
	signature=$(openssl pkeyutl -sign -inkey "$SHOP_SIGNING_KEY" -rawin -in "$dir/jwt" | base64url)
	bearer=$header.$claims.$signature body='{}'
else
	bearer=${SHOP_KEY:?an app key, or SHOP_SIGNING_KEY} body="{\"user\":$(quote "$shopper")}"
fi

# The credential goes through a pipe: arguments are visible to every process of the machine.
answer=$(printf 'header = "Authorization: Bearer %s"\n' "$bearer" |
	curl --silent --show-error --fail-with-body --config - \
		--header 'Content-Type: application/json' --data "$body" "$url/api/session") || {
	printf '%s\n' "$answer" >&2
	exit 1
}
printf '%s\n' "$answer" | sed 's/.*"token":"\([^"]*\)".*/\1/'
