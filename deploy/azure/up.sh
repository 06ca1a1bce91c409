#!/bin/sh
# From nothing to events in Azure: a resource group, an event hub, tables in Azure Data Explorer that it fills, and the
# producer in a container instance with its cursor on Azure Files. No key is made: identities have roles instead.
#
#   sh deploy/azure/up.sh --location westeurope
#
# It may be run again: what is there stays, and what differs is changed.
set -eu

usage() {
  cat <<'TEXT'
Usage: up.sh --location REGION [option]...

  --location REGION              such as westeurope; `az account list-locations --output table` lists them
  --name NAME                    of the resource group and the container; bluesky-firehose by default
  --collections LIST             collections whose records become events; the producer's default if not given
  --events LIST                  kinds of events; records,deletes,account by default, which the tables need
  --image IMAGE                  image of the producer; the published one by default
  --no-tables                    an event hub alone, without Azure Data Explorer
  --connection-string-file FILE  write to what the connection string in this file names, such as the custom endpoint of
                                 a Fabric eventstream; makes neither event hub nor tables

The Azure CLI has to be logged in as an Owner of the subscription, or as a Contributor and User Access Administrator. What it makes costs money until `az group delete --name NAME` removes it.
TEXT
}

fail() {
  printf 'Error: %s\n' "$1" >&2
  exit "${2:-1}"
}

# One function, called in the last line: a script that arrives in part does nothing.
main() {
  location='' name=bluesky-firehose collections='' events=records,deletes,account image='' secret='' has_tables=true
  while [ $# -gt 0 ]; do
    case "$1" in
      --help | -h) usage && exit 0 ;;
      --no-tables) has_tables=false && shift && continue ;;
      --location | --name | --collections | --events | --image | --connection-string-file) ;;
      *) fail "Unknown argument \"$1\": expected an option that --help lists" 2 ;;
    esac
    [ $# -ge 2 ] && [ -n "$2" ] || fail "Missing value for $1" 2
    case "$1" in
      --location) location=$2 ;;
      --name) name=$2 ;;
      --collections) collections=$2 ;;
      --events) events=$2 ;;
      --image) image=$2 ;;
      --connection-string-file) secret=$2 ;;
    esac
    shift 2
  done
  [ -n "$location" ] || fail 'Missing --location: expected a region such as westeurope' 2
  [ -z "$secret" ] || [ -r "$secret" ] || fail "Cannot read the file of --connection-string-file, \"$secret\"" 2
  case "$name" in
    *[!a-z0-9-]* | [!a-z]* | *-) fail "Invalid --name \"$name\": expected lower-case letters, digits and hyphens" 2 ;;
  esac
  # The namespace's name has a hyphen and 13 more characters, and 50 at most.
  [ ${#name} -le 36 ] || fail "Invalid --name \"$name\": expected 36 characters at most" 2
  root=$(cd "$(dirname "$0")/../.." && pwd)
  command -v az >/dev/null 2>&1 || fail 'Cannot find az: expected the Azure CLI, https://aka.ms/azure-cli'
  az account show --output none || fail 'The Azure CLI is not logged in: expected "az login" before'

  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  trap 'exit 1' HUP INT TERM

  providers='Microsoft.ContainerInstance Microsoft.Storage Microsoft.OperationalInsights'
  if [ -z "$secret" ]; then
    providers="$providers Microsoft.EventHub Microsoft.ManagedIdentity"
    if $has_tables; then providers="$providers Microsoft.Kusto"; fi
  fi
  for provider in $providers; do
    echo "Registering $provider"
    az provider register --namespace "$provider" --wait --output none
  done

  echo "Making the resource group $name in $location"
  az group create --name "$name" --location "$location" --output none

  query_url=''
  set -- "name=$name" "events=$events"
  [ -z "$collections" ] || set -- "$@" "collections=$collections"
  [ -z "$image" ] || set -- "$@" "image=$image"
  if [ -n "$secret" ]; then
    # By a file, as the arguments of a program are shown to other users; and without the end of its line.
    tr -d '\r\n' <"$secret" >"$temporary/connection_string"
    set -- "$@" "connectionString=@$temporary/connection_string"
  else
    # The first line runs the rest as one script, which the resource does by itself.
    tables=$temporary/tables.kql
    sed '1{/^\.execute database script/d;}' "$root/schemas/bluesky.kql" >"$tables"
    $has_tables || : >"$tables"
    echo 'Making the event hub and, unless they are left out, the tables'
    az deployment group create --resource-group "$name" --name pipeline --output none \
      --template-file "$root/deploy/azure/pipeline.json" --parameters "name=$name" "tables=@$tables"
    set -- "$@" "identityId=$(output identityId)" "eventHubsNamespace=$(output namespace)" "kafkaTopic=$(output hub)"
    query_url=$(output queryUrl)
  fi

  echo 'Making the container with the producer, its cursor and its log'
  az deployment group create --resource-group "$name" --name producer --output none \
    --template-file "$root/azure-template.json" --parameters "$@"

  echo
  echo "Done. The producer's log:  az container logs --resource-group $name --name $name --follow"
  if [ -n "$query_url" ]; then echo "The tables, which are filled in batches:  $query_url  (try: PostLatest() | count)"; fi
  echo "To remove everything:  az group delete --name $name"
}

output() { # NAME: of the deployment of pipeline.json
  az deployment group show --resource-group "$name" --name pipeline \
    --query "properties.outputs.$1.value" --output tsv
}

main "$@"
