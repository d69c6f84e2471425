{{/* Kafka, Redis, secrets, and what may be reached. */}}

{{- define "ivy-worker.check.kafka" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $kafka := $v.kafka -}}
{{- $static := include "ivy-worker.static" .root -}}
{{- if and (eq $kafka.delivery "transactional") (not $static) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "kafka.delivery=transactional needs a transactional.id that a worker keeps over restarts: set workload.kind=StatefulSet, or kafka.delivery=at_least_once") -}}
{{- end -}}
{{- $session := include "ivy-worker.sessionSeconds" .root | int -}}
{{- $load := int $v.startup.loadSeconds -}}
{{- if and $static (le $session $load) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "kafka.sessionTimeoutSeconds is %v, but a restarted worker is back after up to startup.loadSeconds (%v): its partitions would move in between, and static membership (workload.kind=StatefulSet) would be of no use. Raise it above %v or leave it out, or set workload.kind=Deployment" $session $load $load)) -}}
{{- end -}}
{{- if gt $session 1800 -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "a session timeout of %v s (kafka.sessionTimeoutSeconds, for a StatefulSet startup.loadSeconds and a minute) is above the brokers' own limit of 1800 s (group.max.session.timeout.ms): lower kafka.sessionTimeoutSeconds or startup.loadSeconds, or set workload.kind=Deployment" $session)) -}}
{{- end -}}
{{- $given := list -}}
{{- range $v.secrets.existing }}{{ $given = concat $given (keys .items) }}{{ end -}}
{{- if $v.secrets.external.enabled }}{{ $given = concat $given (keys $v.secrets.external.data) }}{{ end -}}
{{- $sasl := $kafka.sasl -}}
{{- if include "ivy-worker.hasSasl" .root -}}
{{- if not $sasl.mechanism -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "kafka.securityProtocol=%s needs kafka.sasl.mechanism, such as SCRAM-SHA-512" $kafka.securityProtocol)) -}}
{{- end -}}
{{- $oauth := eq $sasl.mechanism "OAUTHBEARER" -}}
{{- $byPod := and $oauth $sasl.oauth.serviceAccountToken.audience -}}
{{- if and $oauth (not $byPod) (not $sasl.oauth.tokenEndpoint) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "kafka.sasl.mechanism=OAUTHBEARER needs kafka.sasl.oauth.tokenEndpoint, or kafka.sasl.oauth.serviceAccountToken.audience for a token of the pod's ServiceAccount") -}}
{{- end -}}
{{- $password := $oauth | ternary "kafka.sasl_oauth.client_secret" "kafka.sasl_password" -}}
{{- if and (not $byPod) (not $sasl.existingSecret) (not (has $password $given)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "kafka.securityProtocol=%s needs user and password: name their Secret in kafka.sasl.existingSecret, or give the setting %s in secrets.external.data or secrets.existing" $kafka.securityProtocol $password)) -}}
{{- end -}}
{{- else if or $sasl.mechanism $sasl.existingSecret -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "kafka.sasl has no effect with kafka.securityProtocol=%s: set SASL_SSL, or leave kafka.sasl out" $kafka.securityProtocol)) -}}
{{- end -}}
{{- if and $kafka.tls.existingSecret (not (include "ivy-worker.hasTls" .root)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "kafka.tls.existingSecret has no effect with kafka.securityProtocol=%s: set SSL or SASL_SSL" $kafka.securityProtocol)) -}}
{{- end -}}
{{- range $link, $tls := dict "kafka" $kafka.tls "redis" $v.redis.tls -}}
{{- if ne (empty $tls.certKey) (empty $tls.keyKey) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "%s.tls.certKey and %s.tls.keyKey belong together, for mutual TLS: set both (tls.crt and tls.key), or none" $link $link)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Ports, which the schema cannot bound inside of a text. */}}
{{- define "ivy-worker.check.ports" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $found := list -}}
{{- range $v.kafka.bootstrapServers -}}
{{- $found = append $found (dict "value" "kafka.bootstrapServers" "port" (regexFind "[0-9]+$" .)) -}}
{{- end -}}
{{- range $value, $url := dict
  "autoscaling.age.serverAddress" $v.autoscaling.age.serverAddress
  "config.fetch.s3_endpoint" (dig "fetch" "s3_endpoint" "" $v.config | default "")
  "kafka.sasl.oauth.tokenEndpoint" $v.kafka.sasl.oauth.tokenEndpoint
  "model.remote.baseUrl" $v.model.remote.baseUrl
  "redis.url" $v.redis.url
  "telemetry.endpoint" $v.telemetry.endpoint -}}
{{- $found = append $found (dict "value" $value "port" (include "ivy-worker.urlPort" (dict "url" $url "default" ""))) -}}
{{- end -}}
{{- range $found -}}
{{- if and .port (or (lt (int64 .port) 1) (gt (int64 .port) 65535)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "%s names the port %s, and there is none: ports are 1 to 65535" .value .port)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.redis" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- if contains "@" $v.redis.url -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "redis.url holds a user or password, which would stand in a ConfigMap: put them into a Secret and name it in redis.auth.existingSecret") -}}
{{- end -}}
{{- if and $v.redis.tls.existingSecret (not (include "ivy-worker.hasRedisUrl" .root)) (not (hasPrefix "rediss://" $v.redis.url)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "redis.tls.existingSecret has no effect with redis.url=%s: begin the URL with rediss://" $v.redis.url)) -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.secrets" -}}
{{- /* A file of a setting twice: which one wins would be chance. */ -}}
{{- $seen := dict -}}
{{- range (include "ivy-worker.mapping" (dict "what" "the list of Secrets" "text" (include "ivy-worker.secretSources" (dict "root" .root))) | fromJson).sources -}}
{{- range .secret.items -}}
{{- if hasKey $seen .path -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $.said "text" (printf "the setting %s comes from two Secrets: name it in one of them only" (.path | replace "__" "."))) -}}
{{- end -}}
{{- $_ := set $seen .path true -}}
{{- end -}}
{{- end -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- with $v.secrets.external -}}
{{- if and .enabled (or (not .storeRef.name) (not .data)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "secrets.external.enabled needs secrets.external.storeRef.name and at least one setting in secrets.external.data, such as cache.url: {key: ivy/redis, property: url}") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.network" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- if $v.networkPolicy.enabled -}}
{{- range $network := include "ivy-worker.allowedNetworks" .root | fromJsonArray -}}
{{- $bits := include "ivy-worker.bits" $network -}}
{{- if not $bits -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "config.fetch.allowed_networks names %s, which is no network: write it as 10.20.0.0/16 or fd12:3456::/32" $network)) -}}
{{- else -}}
{{- $inside := list -}}
{{- range include "ivy-worker.metadataNetworks" $ | fromJsonArray -}}
{{- if hasPrefix (include "ivy-worker.bits" .) $bits }}{{ $inside = append $inside . }}{{ end -}}
{{- end -}}
{{- if or $inside (eq (len $bits) 1) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "config.fetch.allowed_networks names %s, which holds the cloud's metadata service: name the networks of your own stores only, as narrowly as you can" $network)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
