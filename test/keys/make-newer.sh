#!/usr/bin/env bash
# The test people again, and those whose keys need a newer OpenSSL: ML-DSA, SLH-DSA, ML-KEM. Never real.
# usage: test/keys/make-newer.sh FOLDER KEYS [OPENSSL]
#   KEYS what make.sh made; OPENSSL the newer program, 3.5 or later; without it there are no newer people
set -euo pipefail
umask 077
folder=$1 keys=$2 newer=${3:-}
mkdir -p "$folder"
cp "$keys"/* "$folder"
cd "$folder"

# Key files with the ciphers of old, for programs that know no others.
old() {
  "$1" pkcs12 -export -in "$2.pem" -inkey "$2.key.pem" -certfile intermediate.pem -name "$2" \
    -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1 -passout pass:signet -out "$2.old.p12"
}
for key in *-*.key.pem; do [ "$key" = mallory-root.key.pem ] || old openssl "${key%.key.pem}"; done

# OpenSSL takes one -certfile only.
cat intermediate.pem mallory.pem carol-p384.pem > strangers.pem

# person NAME COMMON-NAME ALGORITHM KEYUSAGE
person() {
  local address="${1%%-*}@example.test"
  "$newer" genpkey -algorithm "$3" -out "$1.key.pem"
  "$newer" pkey -in "$1.key.pem" -pubout -out "$1.pub"
  printf 'basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > "$1.ext"
  printf 'keyUsage=critical,%s\nextendedKeyUsage=emailProtection\nsubjectAltName=email:%s\n' "$4" "$address" >> "$1.ext"
  "$newer" x509 -new -subj "/CN=$2" -force_pubkey "$1.pub" -CA intermediate.pem -CAkey intermediate.key.pem \
    -days 3650 -sha256 -extfile "$1.ext" -out "$1.pem"
  "$newer" pkcs12 -export -in "$1.pem" -inkey "$1.key.pem" -certfile intermediate.pem -name "$1" \
    -passout pass:signet -out "$1.p12"
  old "$newer" "$1"
}

if [ -n "$newer" ]; then
  sign=digitalSignature,nonRepudiation
  person mia-mldsa44 "Mia Example" ML-DSA-44 $sign
  person nora-mldsa65 "Nora Example" ML-DSA-65 $sign
  person otto-mldsa87 "Otto Example" ML-DSA-87 $sign
  person pia-slh128f "Pia Example" SLH-DSA-SHA2-128f $sign
  person quin-slh128s "Quin Example" SLH-DSA-SHA2-128s $sign
  person rita-slhshake128f "Rita Example" SLH-DSA-SHAKE-128f $sign
  person sven-slh192f "Sven Example" SLH-DSA-SHA2-192f $sign
  person tom-slhshake256f "Tom Example" SLH-DSA-SHAKE-256f $sign
  person ulla-mlkem512 "Ulla Example" ML-KEM-512 keyEncipherment
  person vera-mlkem768 "Vera Example" ML-KEM-768 keyEncipherment
  person walt-mlkem1024 "Walt Example" ML-KEM-1024 keyEncipherment
fi
rm -f ./*.ext ./*.pub
touch complete
