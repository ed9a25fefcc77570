#!/bin/sh
# A second writing of the draw, with coreutils and awk alone: list.txt on the way in, lines "name value" out.
# usage: draw_oracle.sh LIST SHARE FIGURE SOURCE OPENS CLOSES TOLD RESULT "kind=n kind=n" "CODE CODE"
set -eu
LC_ALL=C; export LC_ALL
list=$1 share=$2 figure=$3 source=$4 opens=$5 closes=$6 told=$7 result=$8 strata=$9
shift 9
apart=$1
hash() { sha256sum | cut -d' ' -f1; }
digest=$(hash <"$list")
share_hash=$(printf '%s' "$share" | hash)
commitment=$({
  printf 'wuxiao draw 2\ndigest\t%s\nshare\t%s\nfigure\t%s\t%s\nopens\t%s\ncloses\t%s\ntold\t%s\n' \
    "$digest" "$share_hash" "$figure" "$source" "$opens" "$closes" "$told"
  {
    for one in $strata; do printf 'draw\t%s\t%s\n' "${one%%=*}" "${one#*=}"; done
    for one in $apart; do printf 'apart\t%s\n' "$one"; done
  } | sort
} | hash)
seed=$(printf 'wuxiao seed\n%s\n%s\n' "$share" "$result" | hash)
drawn=''
for one in $(printf '%s\n' $strata | sort); do
  kind=${one%%=*} count=${one#*=}
  codes=$(awk -F'\t' -v k="$kind" '$1 == "place" && $3 == k && $4 == "" { print $2 }' "$list")
  lots=''
  for code in $codes; do
    case " $apart " in *" $code "*) continue ;; esac
    lots="$lots$(printf '%s\n%s\nplace\n%s\n' "$seed" "$digest" "$code" | hash) $code
"
  done
  drawn="$drawn $(printf '%s' "$lots" | sort | head -n "$count" | cut -d' ' -f2 | tr '\n' ' ')"
done
printf 'digest %s\nshare_hash %s\ncommitment %s\nseed %s\ndrawn %s\n' \
  "$digest" "$share_hash" "$commitment" "$seed" "$(echo $drawn)"
