# Runs on the database host: brings a staged file to where Postgres reads it, whole or not at all.
# $1 aws, curl or auto   $2 the file to write   $3 its SHA-256 in S3   $4 binary or text   $5 s3://bucket/key
# $6 endpoint of S3      $7 what a file of the binary format begins with, for printf
# Standard input: curl's configuration with a signed address, which is worth the file to who reads it.
set -eu
how=$1 file=$2 sha256=$3 format=$4 object=$5 endpoint=$6 header=$7
umask 022
trap 'rm -f "$file.part" "$file.new"' EXIT

if [ "$how" = auto ]; then
    if command -v aws >/dev/null 2>&1; then how=aws; else how=curl; fi
fi
command -v "$how" >/dev/null 2>&1 || { echo "neither aws nor curl is installed" >&2; exit 3; }
case $how in
    # With the host's own login.
    aws) aws s3 cp --only-show-errors --endpoint-url "$endpoint" "$object" "$file.part" </dev/null ;;
    curl) curl --silent --show-error --fail --output "$file.part" --config - ;;
esac

set -- $(sha256sum "$file.part")
[ "$1" = "$sha256" ] || { echo "it is not what its manifest says" >&2; exit 4; }
if [ "$format" = binary ]; then
    command -v zstd >/dev/null 2>&1 || { echo "zstd is not installed" >&2; exit 3; }
    printf "$header" >"$file.new"
    # No rows are no bytes.
    [ ! -s "$file.part" ] || zstd -dcq "$file.part" >>"$file.new"
    mv "$file.new" "$file"
else
    mv "$file.part" "$file"
fi
