package killtest

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/postgrestest"
)

var nodeRounds = flag.Int("node-rounds", 3, "how often TestKillNodes kills")

// TestKillNodes keeps mails and faxes going through two hosts, each with its plugin,
// that share one PostgreSQL, kills either of them at random moments, and then looks
// whether every promise was kept. In the end one of them stays dead for a while: the
// other does what it left.
func TestKillNodes(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes a minute of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("the processes of the office are found in /proc, which this system has not")
	}
	t.Parallel()
	t.Logf("-seed=%d", *seed)
	random := rand.New(rand.NewPCG(*seed, 100))
	postgres, err := postgrestest.Start()
	if err != nil {
		t.Fatal(err)
	}
	if postgres != nil {
		t.Cleanup(postgres.Stop)
	}
	o := newOfficeOf(t, 5, 2, postgres.Database(t))
	for _, s := range o.servers { // both make the tables
		s.launched = s.host.Launch()
	}
	stop := o.streams()
	died := map[string]int{}
	for range *nodeRounds {
		<-time.After(min(pause(random), faxTime))
		died[o.kill(o.some(), random.Float64())]++
	}
	<-time.After(faxTime / 2)
	dead := o.servers[1]
	o.mu.Lock()
	o.kills = append(o.kills, time.Now())
	o.servers = o.servers[:1]
	o.mu.Unlock()
	dead.host.Kill()
	<-time.After(faxTime)
	stop()
	o.settle() // alone
	o.host.Stop()
	sum := o.check()
	t.Logf("killed: %v and one for good%v", died, sum)
}
