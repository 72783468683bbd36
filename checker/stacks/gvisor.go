// gVisor's netstack as a stack that is driven by lines (checker/stacks/stack.py), without sentry, sockets or network but the lines.
// Its clock stands still where nothing waits. What runs besides has come to rest when this goroutine, on the only processor, has
// given way to the others often enough.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"time"

	"gvisor.dev/gvisor/pkg/bufferv2"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/faketime"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const (
	nic    = 1
	tick   = 50 // milliseconds
	rounds = 500
)

var (
	own, peer            = tcpip.Address("\xc0\x00\x02\x01"), tcpip.Address("\xc0\x00\x02\x02")
	clock                = faketime.NewManualClock()
	device               = channel.New(512, 1500, "")
	netstack             *stack.Stack
	listener, connection tcpip.Endpoint
	port, peerPort       uint16
	silent               bool
	states               = map[string]string{"SYN-RCVD": "SYN-RECEIVED", "FIN-WAIT1": "FIN-WAIT-1", "FIN-WAIT2": "FIN-WAIT-2",
		"ERROR": "CLOSED", "CONNECTING": "SYN-SENT"}
)

func cannot(err tcpip.Error) bool {
	if _, started := err.(*tcpip.ErrConnectStarted); err == nil || started {
		return false
	}
	fmt.Println("cannot", err)
	return true
}

// rests lets all that has been set off come to its end, and prints what was sent; it returns how much that was.
func rests() (sent int) {
	for round := 0; round < rounds; round++ {
		runtime.Gosched()
	}
	for packet := device.Read(); !packet.IsNil(); packet = device.Read() {
		buffer := packet.ToBuffer()
		if !silent {
			fmt.Println("out", hex.EncodeToString(buffer.Flatten()))
		}
		packet.DecRef()
		sent++
	}
	return sent
}

func made() tcpip.Endpoint {
	endpoint, err := netstack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &waiter.Queue{})
	if cannot(err) || cannot(endpoint.Bind(tcpip.FullAddress{NIC: nic, Addr: own, Port: port})) {
		return nil
	}
	return endpoint
}

func ends(endpoint *tcpip.Endpoint, abruptly bool) {
	if *endpoint == nil {
		return
	}
	if abruptly {
		(*endpoint).Abort() // SO_LINGER of 0 ends the whole stack while it opens
	} else {
		(*endpoint).Close()
	}
	*endpoint = nil
}

func accepts() {
	if listener == nil {
		return
	}
	if accepted, _, err := listener.Accept(nil); err == nil {
		connection = accepted
		ends(&listener, false)
	}
}

// vanishes ends all, and what is sent for that reaches nobody.
func vanishes() {
	silent = true
	accepts()
	ends(&listener, true)
	ends(&connection, true)
	rests()
	silent = false
}

func state() string {
	found := "CLOSED"
	if listener != nil {
		found = "LISTEN"
	}
	for _, each := range netstack.RegisteredEndpoints() {
		endpoint, ok := each.(tcpip.Endpoint)
		if !ok {
			continue
		}
		if info, ok := endpoint.Info().(*stack.TransportEndpointInfo); ok && info.ID.LocalPort == port && info.ID.RemotePort == peerPort {
			found = tcp.EndpointState(endpoint.State()).String()
			opening := reflect.ValueOf(each).Elem().FieldByName("h") // what it goes by, and says nothing of, where it has begun anew
			if found == "SYN-RCVD" && !opening.IsNil() && opening.Elem().FieldByName("state").Int() == 0 {
				found = "SYN-SENT"
			}
		}
	}
	if known, ok := states[found]; ok {
		return known
	}
	return found
}

func does(name, word string, a, b int) {
	switch name {
	case "begin":
		vanishes()
		port, peerPort = uint16(a), uint16(b)
	case "listen":
		if listener = made(); listener != nil {
			cannot(listener.Listen(16))
		}
	case "connect":
		vanishes()
		clock.Advance(time.Second) // while it stands still the same ISN is chosen again
		if connection = made(); connection != nil {
			cannot(connection.Connect(tcpip.FullAddress{NIC: nic, Addr: peer, Port: peerPort}))
		}
	case "accept":
		accepts()
	case "write":
		_, err := connection.Write(bytes.NewReader(make([]byte, a)), tcpip.WriteOptions{})
		cannot(err)
	case "shut":
		cannot(connection.Shutdown(tcpip.ShutdownWrite))
	case "close", "abort":
		ends(&listener, false)
		ends(&connection, name == "abort")
	case "vanish":
		vanishes()
	case "arrives":
		octets, _ := hex.DecodeString(word)
		packet := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: bufferv2.MakeWithData(octets)})
		device.InjectInbound(ipv4.ProtocolNumber, packet)
		packet.DecRef()
	case "wait":
		for ; a > 0 && rests() == 0; a -= tick {
			clock.Advance(tick * time.Millisecond)
		}
	}
	rests()
	if connection != nil {
		connection.Read(io.Discard, tcpip.ReadOptions{})
	}
	rests()
}

func main() {
	runtime.GOMAXPROCS(1)
	netstack = stack.New(stack.Options{NetworkProtocols: []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol}, Clock: clock})
	netstack.CreateNIC(nic, device)
	address := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: own.WithPrefix()}
	netstack.AddProtocolAddress(nic, address, stack.AddressProperties{})
	netstack.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}})
	sack, every := tcpip.TCPSACKEnabled(false), stack.TCPInvalidRateLimitOption(0)
	netstack.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	netstack.SetOption(every) // or the second of two answers within half a second is not sent
	fmt.Print("ready 2022-12-19\n.\n")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		name, word, a, b := "", "", 0, 0
		fmt.Sscan(lines.Text(), &name, &word)
		fmt.Sscan(strings.TrimPrefix(lines.Text(), name), &a, &b)
		does(name, word, a, b)
		fmt.Printf("state %s\n.\n", state())
	}
}
