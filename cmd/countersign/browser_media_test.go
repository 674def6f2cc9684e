package main

import (
	"github.com/chromedp/cdproto/emulation"
)

// size sets the size of the tab's viewport in CSS pixels.
func (p *tab) size(width, height int64) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1,
	})
}

// scheme is what a reader's system asks pages for.
type scheme string

const (
	light scheme = "light"
	dark  scheme = "dark"
)

// prefers sets the colour scheme. Motion is always reduced.
func (p *tab) prefers(s scheme) {
	p.t.Helper()
	p.asked = s
	p.media("", "prefers-color-scheme", string(s))
}

// media emulates a media type ("" leaves the screen) and one feature.
func (p *tab) media(kind, feature, value string) {
	p.t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}
	if feature != "" {
		features = append(features, &emulation.MediaFeature{Name: feature, Value: value})
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: features})
}

// scripts switches JavaScript on or off, for pages opened from now on.
func (p *tab) scripts(on bool) {
	p.t.Helper()
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}
