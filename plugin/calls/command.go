package calls

import "github.com/pagebridge/pagebridge/plugin/proto/faxv1"

// The commands of the contract, as values.

func take(call string) *faxv1.PluginCommand {
	return &faxv1.PluginCommand{Call: call, Command: &faxv1.PluginCommand_Take{Take: &faxv1.Take{}}}
}

func decline(call string, status int, reason string) *faxv1.PluginCommand {
	return &faxv1.PluginCommand{Call: call, Command: &faxv1.PluginCommand_Decline{
		Decline: &faxv1.Decline{Status: uint32(status), Reason: reason},
	}}
}

func respond(call string, status int, reason string, sdp []byte) *faxv1.PluginCommand {
	return &faxv1.PluginCommand{Call: call, Command: &faxv1.PluginCommand_Respond{
		Respond: &faxv1.Respond{Status: uint32(status), Reason: reason, Sdp: sdp},
	}}
}

func reinvite(call string, sdp []byte) *faxv1.PluginCommand {
	return &faxv1.PluginCommand{Call: call, Command: &faxv1.PluginCommand_Reinvite{
		Reinvite: &faxv1.Reinvite{Sdp: sdp},
	}}
}

func dial(call string, d *faxv1.Dial) *faxv1.PluginCommand {
	return &faxv1.PluginCommand{Call: call, Command: &faxv1.PluginCommand_Dial{Dial: d}}
}

func hangUpCommand(call string, status int, reason string) *faxv1.PluginCommand {
	return &faxv1.PluginCommand{Call: call, Command: &faxv1.PluginCommand_HangUp{
		HangUp: &faxv1.HangUp{Status: uint32(status), Reason: reason},
	}}
}
