#!/bin/sh
# The request that a proxy with forward-auth holds back, with curl.
#
#   SHOP=https://market.example ACTION=01a2… sh forward_auth.sh
#
# 1. Your marketplace creates the action before, with its API key and with this
#    very request in the details, so that both proofs sign it:
#
#      "details": {
#        "to": {"iban": "GB33BUKB20201555555555", "holder": "Giulia Ferri"},
#        "request": {"method": "POST", "target": "/bank?tab=1",
#                    "content_type": "application/json", "content_digest": "sha-256=:…:"}
#      }
#
# 2. The seller is sent to next.url of the answer, and approves.
# 3. The request is sent, below. Before the approval it is answered 401, and
#    Countersign-Location says where the seller goes on; after it, once, it arrives.
#
# A lost answer: send the same again, with the same Idempotency-Key, within 30
# seconds. Needs curl and openssl.
set -eu

: "${SHOP:?the marketplace, behind its proxy}" "${ACTION:?the id of the action}"
BODY=${BODY:-'{"iban":"GB33BUKB20201555555555"}'}

digest=$(printf %s "$BODY" | openssl dgst -sha256 -binary | base64)

curl --silent --show-error --output /dev/null --write-out '%{http_code}\n' \
	--header "Countersign-Action: $ACTION" \
	--header "Content-Digest: sha-256=:$digest:" \
	--header "Idempotency-Key: \"change-$ACTION\"" \
	--header 'Content-Type: application/json' \
	--data "$BODY" "$SHOP/bank?tab=1"
