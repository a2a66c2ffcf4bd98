# Shopkeeper. `make run` opens the demo shop; `make test` runs every test there is.
ADDR ?= 127.0.0.1:8080
BIN  := bin/shopkeeper

.PHONY: run build test bench web clean go

run: build
	@exec $(BIN) serve --demo --addr $(ADDR)

build: go
	@CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o $(BIN) ./gateway

go:
	@command -v go >/dev/null || { echo "make: Go is not installed: install Go 1.26 (or any Go from 1.21 on, which fetches 1.26 by itself)" >&2; exit 1; }
	@go version >/dev/null 2>&1 || { echo "make: this Go cannot run Go 1.26 and may not fetch it: install Go 1.26, or let it use the module proxy (GOTOOLCHAIN=auto)" >&2; exit 1; }

test: go
	@bash .ci/test

bench: build
	@bash .ci/bench

web:
	@cd web && npm ci --no-audit --no-fund --silent && npm run --silent build

clean:
	@rm -rf bin web/node_modules web/foreign/node_modules web/test/out
