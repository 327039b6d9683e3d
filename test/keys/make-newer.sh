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
}

# A crowd with Alice's key: 499 certificates, each of its own.
openssl pkey -in alice-rsa.key.pem -pubout -out crowd.pub
openssl req -new -key intermediate.key.pem -subj "/CN=One of many" -out crowd.csr
for number in $(seq 499); do
  printf 'keyUsage=critical,keyEncipherment\nsubjectAltName=email:crowd%s@example.test\n' "$number" > crowd.ext
  openssl x509 -req -in crowd.csr -force_pubkey crowd.pub -CA intermediate.pem -CAkey intermediate.key.pem \
    -set_serial "$number" -days 3650 -extfile crowd.ext -out "crowd$number-rsa.pem" 2>/dev/null
done

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
rm -f ./*.ext ./*.pub ./*.csr
touch complete
