// Package dev serves the pages for a marketplace's engineers that ask for no
// sign-in: the guide, and the files it shows. They hold nothing of any
// marketplace and are the same for everybody, so they are printed once, when the
// gateway starts.
//
// What the guide shows is what the tests run: the files of packages web/samples
// and client/examples, byte for byte.
package dev
