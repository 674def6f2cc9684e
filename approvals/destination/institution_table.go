package destination

// hintsReadOn is the day on which the sources below were read.
const hintsReadOn = "2026-11-23"

// Where the rows come from. None of them is a directory that anybody answers
// for. The classes are those the firms were known to be authorised as.
const (
	openGB    = "schwifty, manual_gb.json (MIT)"
	openIE    = "schwifty, manual_ie.json (MIT)"
	community = "community lists of sort codes"
	invoices  = "public lists of sort codes and published invoices"
	printed   = "published account details with their BIC"
)

// hints are facts that anybody can look up, written down by hand. Sort codes on
// which the public lists contradict each other (04-00-75), or which stand in one
// list alone (04-00-03, 04-03-33), are left out.
var hints = hintTable{
	{"GB", "236972", "", EMoney, "PrePay Technologies (agency or e-money)", invoices},
	{"GB", "231470", "", EMoney, "Wise", community},
	{"GB", "040004", "", Bank, "Monzo", community},
	{"GB", "608371", "", Bank, "Starling", community},
	{"GB", "040605", "", Bank, "ClearBank (also for its agencies)", community},

	{"GB", "", "ABBY", Bank, "Santander UK", openGB},
	{"GB", "", "BARC", Bank, "Barclays", openGB},
	{"GB", "", "BUKB", Bank, "Barclays UK", openGB},
	{"GB", "", "CLRB", Bank, "ClearBank (also for its agencies)", printed},
	{"GB", "", "HBUK", Bank, "HSBC UK", openGB},
	{"GB", "", "LOYD", Bank, "Lloyds", openGB},
	{"GB", "", "MONZ", Bank, "Monzo", openGB},
	{"GB", "", "NWBK", Bank, "NatWest", openGB},
	{"GB", "", "RAPH", Bank, "R. Raphael & Sons", openGB},
	{"GB", "", "SRLG", Bank, "Starling", openGB},

	{"GB", "", "CLJU", EMoney, "Clear Junction", openGB},
	{"GB", "", "DZNN", EMoney, "Dzing Finance", openGB},
	{"GB", "", "EPMT", EMoney, "ePayments Systems", openGB},
	{"GB", "", "MODR", EMoney, "Modulr", printed},
	{"GB", "", "PAED", EMoney, "Paysend", openGB},
	{"GB", "", "PAYR", EMoney, "PayrNet", openGB},
	{"GB", "", "PRTC", EMoney, "PrePay Technologies", openGB},
	{"GB", "", "REVO", EMoney, "Revolut", openGB},
	{"GB", "", "TCCL", EMoney, "The Currency Cloud", openGB},
	{"GB", "", "TRWI", EMoney, "Wise", openGB},

	{"IE", "", "MODR", EMoney, "Modulr Finance", openIE},

	{"BE", "905", "", PaymentInstitution, "Wise Europe", printed},
	{"BE", "967", "", PaymentInstitution, "Wise Europe", printed},
}
