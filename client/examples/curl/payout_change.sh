#!/bin/sh
# A change of a payout account with curl and nothing else, from the form to the
# bank: create, send the seller away, read, claim, report.
#
#   GATEWAY=https://approve.market.example API_KEY=cs_test_… sh payout_change.sh
#
# Every POST has an Idempotency-Key of its own. When there is no answer the same
# request is sent again with the same key, and the gateway answers the same call
# the same way, however often it comes. Keep each key with its body, as ORDER does
# here, and a script that was stopped can be started again.
#
# Two things a shell cannot do well, and a marketplace must: hear the webhook that
# says when to look (here the state is read again and again), and verify the
# release token before anything is carried out (receiver.js shows how).
#
# Needs curl 7.83 or newer.
set -eu

: "${GATEWAY:?the gateway, as in https://approve.market.example}" "${API_KEY:?an API key}"
RETURN_URL=${RETURN_URL:-https://market.example/bank} # registered with the gateway
PAUSE=${PAUSE:-60}                                    # seconds between two looks
ORDER=${ORDER:-$(date +%s)-$$}                        # your own number of this change

# The very same details are sent twice: to ask, and to claim.
DETAILS='{
  "from": {"iban": "IT60X0542811101000000123456", "holder": "Giulia Ferri"},
  "to": {"iban": "NL91ABNA0417164300", "holder": "Giulia Ferri"}
}'

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# once METHOD PATH [KEY BODY] sends a request and keeps what comes back. The API
# key goes in by standard input, because every user of the machine sees arguments.
once() {
	method=$1 path=$2
	shift 2
	if [ $# -gt 0 ]; then
		set -- --header "Idempotency-Key: \"$1\"" --header 'Content-Type: application/json' --data "$2"
	fi
	printf 'header = "Authorization: Bearer %s"\n' "$API_KEY" |
		curl --config - --silent --show-error --max-time 20 --fail-with-body --retry 3 \
			--output "$answer" --write-out '%header{location}' --request "$method" "$@" "$GATEWAY$path"
}

# call is once, repeated when there was no answer (curl repeats 429 and 503 by
# itself). A refusal is an answer: it is shown, and the script ends.
call() {
	for pause in 1 2 4 0; do
		code=0
		once "$@" || code=$?
		[ $code -ne 0 ] || return 0
		if [ $code -eq 22 ]; then
			cat "$answer" >&2
			return 1
		fi
		sleep $pause
	done
	return 1
}

# member NAME prints the first text member of this name in the answer. Where there
# is a JSON tool use that, as in: jq -r .NAME
member() { tr -d '\n' <"$answer" | grep -o "\"$1\" *: *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# 1. The seller asks for another account. Nothing changes yet.
location=$(call POST /v1/actions "create-$ORDER" '{
  "kind": "payout_account.change",
  "seller": {"id": "S-2201", "email": "giulia@ferri.example", "name": "Giulia Ferri"},
  "details": '"$DETAILS"',
  "return_url": "'"$RETURN_URL"'"
}')
id=${location##*/}
echo "action $id"

# 2. The seller's browser goes there for the first proof. When the wait is over a
#    mail leads to the second.
echo "send the seller to $(member url)"

# 3. Where does it stand? Only the action knows: not the webhook, and not the
#    address that the seller comes back to.
while :; do
	call GET "/v1/actions/$id" >/dev/null
	state=$(member state)
	echo "state $state"
	case $state in
	approved) break ;;
	executed | cancelled | denied | expired | failed) exit 1 ;;
	esac
	sleep "$PAUSE"
done

# 4. Claim it, with the details that were approved. There is one winner; other
#    details are refused with payload_mismatch, and the action is held.
call POST "/v1/actions/$id/claim" "claim-$ORDER" "{\"details\": $DETAILS}" >/dev/null
token=$(member release_token)
echo "release token of ${#token} characters: verify it, then save the account under its release_id, once"

# 5. Report what became of it. When unsure report nothing.
call POST "/v1/actions/$id/result" "result-$ORDER" "{\"outcome\": \"executed\", \"reference\": \"bank-$ORDER\"}" >/dev/null
echo "state $(member state)"
