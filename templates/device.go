package templates

import "strings"

// Device is a browser as a person would name it.
type Device struct {
	Browser string // "Chrome"; empty when not known
	System  string // "Windows"; empty when not known
	New     bool   // never seen before
}

// DeviceFrom reads the two names out of a User-Agent. They are shown to help
// the seller recognise the device; nothing is decided by them.
func DeviceFrom(userAgent string) Device {
	return Device{Browser: firstNamed(userAgent, browsers), System: firstNamed(userAgent, systems)}
}

// naming maps a mark in a User-Agent to a name. The order matters: most
// browsers also name the ones they resemble.
type naming struct{ mark, name string }

var (
	browsers = []naming{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"},
		{"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = []naming{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

func firstNamed(userAgent string, names []naming) string {
	for _, n := range names {
		if strings.Contains(userAgent, n.mark) {
			return n.name
		}
	}
	return ""
}

// device is "Chrome on Windows", with a remark when it was never seen before.
func (w *words) device(d Device) (string, error) {
	name, err := w.deviceName(d)
	if err != nil || !d.New {
		return name, err
	}
	return w.t("device.new", "Device", name)
}

func (w *words) deviceName(d Device) (string, error) {
	switch {
	case d.Browser != "" && d.System != "":
		return w.t("device.both", "Browser", d.Browser, "System", d.System)
	case d.Browser != "":
		return d.Browser, nil
	case d.System != "":
		return d.System, nil
	}
	return w.t("device.unknown")
}
