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
//	countersign halt --config F …        release nothing more, on any node
//	countersign resume --config F …      lift the halt
//
// The package wires: it reads flags and configuration, builds every part once,
// and shuts down in order. It is the gateway's only reader of the clock, and it
// decides nothing about actions.
package main
