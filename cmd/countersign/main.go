package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// CLI is every subcommand of the one binary.
type CLI struct {
	Demo         DemoCmd         `cmd:"" help:"Run the gateway, a demo marketplace and a mailbox on this machine."`
	Serve        ServeCmd        `cmd:"" help:"Run the gateway."`
	Migrate      MigrateCmd      `cmd:"" help:"Bring the database's schema up or down, or show where it stands."`
	Config       ConfigCmd       `cmd:"" help:"Check a configuration file."`
	Conformance  ConformanceCmd  `cmd:"" help:"Try a marketplace's sandbox: stand in for the gateway, and misbehave."`
	Keys         KeysCmd         `cmd:"" help:"Make, list and rotate the keys that are kept outside the database."`
	Marketplaces MarketplacesCmd `cmd:"" help:"Add and list marketplaces."`
	APIKeys      APIKeysCmd      `cmd:"" name:"apikeys" help:"Make, list, roll and revoke API keys."`
	Developers   DevelopersCmd   `cmd:"" help:"Invite, list and remove those who use a marketplace's developer pages."`
	Agents       AgentsCmd       `cmd:"" help:"Invite, list and remove those who work at the desk."`
	Destinations DestinationsCmd `cmd:"" help:"Deny accounts, and list the denied ones."`
	Policy       PolicyCmd       `cmd:"" help:"Put a stricter policy in force, list its versions, and say what a draft would have done."`
	Halt         HaltCmd         `cmd:"" help:"Stop all releases on all nodes."`
	Resume       ResumeCmd       `cmd:"" help:"Lift a halt."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli CLI
	parser := kong.Must(&cli,
		kong.Name("countersign"),
		kong.Description("A gateway in front of changes of payout accounts and of loans."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	cmd, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "countersign:", err)
		os.Exit(1)
	}
}
