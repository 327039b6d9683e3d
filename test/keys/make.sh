#!/usr/bin/env bash
# A throwaway CA and its people, for tests and the demo. Never real: everybody may know these keys.
# usage: test/keys/make.sh FOLDER
set -euo pipefail
umask 077
folder=$1
mkdir -p "$folder"
cd "$folder"
config=$(mktemp)
trap 'rm -f "$config"' EXIT
cat > "$config" <<'C'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
C

# key NAME ALGORITHM...: a PKCS #8 key
key() { openssl genpkey -quiet -out "$1.key.pem" "${@:2}" 2>/dev/null || openssl genpkey -out "$1.key.pem" "${@:2}" 2>/dev/null; }

# authority NAME SUBJECT [ISSUER]
authority() {
  key "$1" -algorithm EC -pkeyopt ec_paramgen_curve:P-256
  openssl req -new -config "$config" -key "$1.key.pem" -subj "$2" -out "$1.csr"
  printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' > "$1.ext"
  local signer=(-signkey "$1.key.pem")
  [ $# -lt 3 ] || { signer=(-CA "$3.pem" -CAkey "$3.key.pem" -CAcreateserial); echo 'authorityKeyIdentifier=keyid' >> "$1.ext"; }
  openssl x509 -req -in "$1.csr" "${signer[@]}" -days 7300 -sha256 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}

# person NAME SUBJECT ISSUER EXTENSIONS [DAYS]: the key must be there
person() {
  # X25519 and X448 cannot sign their own request: another key does, and the certificate gets theirs.
  openssl pkey -in "$1.key.pem" -pubout -out "$1.pub"
  openssl req -new -config "$config" -key "$3.key.pem" -subj "$2" -out "$1.csr"
  printf 'basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%b\n' "$4" > "$1.ext"
  openssl x509 -req -in "$1.csr" -force_pubkey "$1.pub" -CA "$3.pem" -CAkey "$3.key.pem" -CAcreateserial \
    -days "${5:-3650}" -sha256 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  openssl pkcs12 -export -in "$1.pem" -inkey "$1.key.pem" -certfile "$3.pem" -name "$1" -passout pass:signet -out "$1.p12"
}

mail() { printf 'keyUsage=critical,%s\\nextendedKeyUsage=emailProtection\\nsubjectAltName=email:%s' "$2" "$1"; }
rsa=digitalSignature,nonRepudiation,keyEncipherment
ec=digitalSignature,nonRepudiation,keyAgreement

authority root "/O=Signet Test/CN=Signet Test Root"
authority intermediate "/O=Signet Test/CN=Signet Test CA" root
authority mallory-root "/O=Mallory/CN=Mallory Root"

key alice-rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
person alice-rsa "/CN=Alice Example" intermediate "$(mail alice@example.test $rsa)"
key alice-p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
person alice-p256 "/CN=Alice Example" intermediate "$(mail alice@example.test $ec)"
key bob-p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
person bob-p256 "/CN=Bob Example" intermediate "$(mail bob@example.test $ec)"
key carol-p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
person carol-p384 "/CN=Carol Example" intermediate "$(mail carol@example.test $ec)"
key dave-p521 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
person dave-p521 "/CN=Dave Example" intermediate "$(mail dave@example.test $ec)"
key erin-ed25519 -algorithm ED25519
person erin-ed25519 "/CN=Erin Example" intermediate "$(mail erin@example.test digitalSignature,nonRepudiation)"
key big-rsa4096 -algorithm RSA -pkeyopt rsa_keygen_bits:4096
person big-rsa4096 "/CN=Big Example" intermediate "$(mail big@example.test $rsa)"
key frank-bp256 -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1
person frank-bp256 "/CN=Frank Example" intermediate "$(mail frank@example.test $ec)"
key grace-bp384 -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP384r1
person grace-bp384 "/CN=Grace Example" intermediate "$(mail grace@example.test $ec)"
key heidi-bp512 -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP512r1
person heidi-bp512 "/CN=Heidi Example" intermediate "$(mail heidi@example.test $ec)"
key ivan-ed448 -algorithm ED448
person ivan-ed448 "/CN=Ivan Example" intermediate "$(mail ivan@example.test digitalSignature,nonRepudiation)"
key judy-pss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
person judy-pss "/CN=Judy Example" intermediate "$(mail judy@example.test digitalSignature,nonRepudiation)"
key kim-x25519 -algorithm X25519
person kim-x25519 "/CN=Kim Example" intermediate "$(mail kim@example.test keyAgreement)"
key lee-x448 -algorithm X448
person lee-x448 "/CN=Lee Example" intermediate "$(mail lee@example.test keyAgreement)"
key weak-rsa1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
person weak-rsa1024 "/CN=Weak Example" intermediate "$(mail weak@example.test $rsa)"
key server-eku -algorithm RSA -pkeyopt rsa_keygen_bits:2048
person server-eku "/CN=Server" intermediate \
  "keyUsage=critical,$rsa\nextendedKeyUsage=serverAuth\nsubjectAltName=email:alice@example.test"
key no-address -algorithm RSA -pkeyopt rsa_keygen_bits:2048
person no-address "/CN=Nobody" intermediate "keyUsage=critical,$rsa\nextendedKeyUsage=emailProtection"
key mallory -algorithm RSA -pkeyopt rsa_keygen_bits:2048
person mallory "/CN=Mallory" mallory-root "$(mail mallory@evil.test $rsa)"

# `openssl x509` has no -not_before in 3.0; `openssl ca` has.
key expired -algorithm RSA -pkeyopt rsa_keygen_bits:2048
openssl req -new -config "$config" -key expired.key.pem -subj "/CN=Alice Example" -out expired.csr
printf 'basicConstraints=critical,CA:FALSE\n%b\n' "$(mail alice@example.test $rsa)" > expired.ext
: > index.txt; echo 1000 > serial
cat > ca.cnf <<C
[ca]
default_ca = this
[this]
database = index.txt
serial = serial
new_certs_dir = .
policy = any
default_md = sha256
[any]
commonName = supplied
C
openssl ca -config ca.cnf -batch -notext -in expired.csr -cert intermediate.pem -keyfile intermediate.key.pem \
  -startdate 20200101000000Z -enddate 20210101000000Z -extfile expired.ext -out expired.pem 2>/dev/null
openssl pkcs12 -export -in expired.pem -inkey expired.key.pem -certfile intermediate.pem -name expired -passout pass:signet -out expired.p12
rm -f ./*.csr ./*.ext ./*.pub ./*.srl ca.cnf index.txt* serial* 1000.pem
touch complete
