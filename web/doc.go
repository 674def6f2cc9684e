// Package web is the gateway's front: the one route table, and what every
// request passes on its way to the API or to the pages, from the outside in:
//
//	request id, access log      one line a request; no path, no query, no header
//	headers                     those of the API, or those of the pages
//	recovery                    a panic is answered like an internal error
//	deadline                    20 s, then whatever still runs gives up
//	limits                      address, headers, cookies, parameters, body
//	host                        only the public URL's; X-Forwarded-Host is not read
//	route
//	origin (pages only)         a changing request comes from our own pages
//	how often (pages only)      forms from one address; stopping is never too much
//
// The package decides nothing about actions. Refusals are problem documents
// for the API's addresses and pages for all others, both by web/problem.
package web
