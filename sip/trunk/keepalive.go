package trunk

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// keepAlive pings the server that is to be tried first, which is the one that
// answered. The time between two pings is not quite regular, so that many trunks do
// not ping in step (RFC 5626 4.4).
func (w *watch) keepAlive(ctx context.Context) {
	said := ""
	for pause(ctx, w.KeepAlive-rand.N(w.KeepAlive/5+1)) {
		servers := w.set.Servers(w.Name)
		if len(servers) == 0 {
			continue
		}
		one, cancel := context.WithTimeout(ctx, max(w.KeepAlive, time.Second))
		err := w.ask.KeepAlive(one, w.set.placeOf(w.entry).via(), servers[0])
		cancel()
		wrong := ""
		if err != nil && !errors.Is(err, dialog.ErrNoFlow) && ctx.Err() == nil {
			wrong = err.Error()
		}
		if wrong != said && wrong != "" { // once, and not every time
			w.log.Warn("the trunk's keep-alive is not sent", "err", err)
		}
		said = wrong
	}
}
