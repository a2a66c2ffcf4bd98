package connectortest

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Network is a connection between a client and a server without sockets, so that a test's clock may be a false one.
type Network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// NewNetwork has nobody on it yet.
func NewNetwork() *Network { return &Network{conns: make(chan net.Conn), closed: make(chan struct{})} }

// Serve answers with h until the returned function is called, which waits for nobody.
func (n *Network) Serve(h http.Handler) (stop func()) {
	s := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(n)
	}()
	return func() {
		_ = s.Close()
		<-done
	}
}

// Dial is for Options.
func (n *Network) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case n.conns <- there:
		return here, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr implement net.Listener.
func (n *Network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *Network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *Network) Addr() net.Addr { return &net.UnixAddr{Name: "shop.internal", Net: "pipe"} }
