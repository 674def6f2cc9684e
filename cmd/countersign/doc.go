// Command countersign is the gateway: one binary for demo, production and
// operation.
//
//	countersign demo                     everything on this machine, to look at
//	countersign keys new --out FILE      make the keys kept outside the database
//	countersign keys rotate USE …        let a new key take over, while nodes serve
//	countersign config check --config F  say what is wrong with a configuration
//	countersign migrate up --config F    bring the schema up to date
//	countersign marketplaces add …       add a marketplace, its API key and webhook
//	countersign serve --config F         run a node
//	countersign policy …                 show, check, test, explain, apply, list and replay
//	countersign agents invite …          a person of the desk, who joins with a passkey
//	countersign developers invite …      an engineer of a marketplace; also apikeys add
//	countersign destinations deny …      an account that nothing is paid to
//	countersign conformance …            try a marketplace's side against a stand-in
//	countersign halt --config F …        release nothing more, on any node
//	countersign resume --config F …      lift the halt
//
// The package wires: it reads flags and configuration, builds every part once,
// and shuts down in order. It is the gateway's only reader of the clock, and it
// decides nothing about actions.
package main
