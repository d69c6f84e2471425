{{/* Triggers of the ScaledObject. */}}

{{/* Whether KEDA may take the last worker away. */}}
{{- define "ivy-worker.mayBeEmpty" -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (or (eq (int .minReplicas) 0) (not (kindIs "invalid" .idleReplicas))) }}yes{{ end -}}
{{- end -}}
{{- end -}}

{{/*
The greatest age, times the workers there are: KEDA divides by the threshold and takes that for the
workers wanted. An age of the threshold keeps as many as there are, twice the age doubles them.
*/}}
{{- define "ivy-worker.ageQuery" -}}
{{- $series := printf "ivy_consumer_oldest_age_seconds{namespace=%q,pod=~%q}" .Release.Namespace (include "ivy-worker.podNames" .) -}}
max({{ $series }}) * count({{ $series }})
{{- end -}}

{{/* KEDA's word for a mechanism. */}}
{{- define "ivy-worker.kedaSasl" -}}
{{- get (dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512" "OAUTHBEARER" "oauthbearer") .Values.kafka.sasl.mechanism -}}
{{- end -}}

{{- define "ivy-worker.hasSasl" -}}
{{- if hasPrefix "SASL_" .Values.kafka.securityProtocol }}yes{{ end -}}
{{- end -}}

{{- define "ivy-worker.hasTls" -}}
{{- if hasSuffix "SSL" .Values.kafka.securityProtocol }}yes{{ end -}}
{{- end -}}

{{/* The Secret with Kafka's user and password, as `{name, username, password}`. */}}
{{- define "ivy-worker.saslSecret" -}}
{{- $sasl := .Values.kafka.sasl -}}
{{- if $sasl.existingSecret -}}
{{- dict "name" $sasl.existingSecret "username" $sasl.usernameKey "password" $sasl.passwordKey | toJson -}}
{{- else -}}
{{- $bearer := eq $sasl.mechanism "OAUTHBEARER" -}}
{{- $user := $bearer | ternary "kafka__sasl_oauth__client_id" "kafka__sasl_username" -}}
{{- $password := $bearer | ternary "kafka__sasl_oauth__client_secret" "kafka__sasl_password" -}}
{{- dict "name" (printf "%s-external" (include "ivy-worker.fullname" .)) "username" $user "password" $password | toJson -}}
{{- end -}}
{{- end -}}

{{/*
What KEDA needs to enter Kafka as the workers do, as `{"secrets": [...], "maps": [...]}`: parameters
out of Secrets, and out of ConfigMaps.
*/}}
{{- define "ivy-worker.kedaParameters" -}}
{{- $v := .Values -}}
{{- $secrets := list -}}
{{- $maps := list -}}
{{- if include "ivy-worker.hasSasl" . -}}
{{- with include "ivy-worker.saslSecret" . | fromJson -}}
{{- $secrets = append $secrets (dict "parameter" "username" "name" .name "key" .username) -}}
{{- $secrets = append $secrets (dict "parameter" "password" "name" .name "key" .password) -}}
{{- end -}}
{{- if eq $v.kafka.sasl.mechanism "OAUTHBEARER" -}}
{{- range $parameter, $_ := include "ivy-worker.kedaOauth" . | fromJson -}}
{{- $maps = append $maps (dict "parameter" $parameter "name" (printf "%s-keda" (include "ivy-worker.fullname" $)) "key" $parameter) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "ivy-worker.hasTls" . -}}
{{- with $v.kafka.tls -}}
{{- if and .existingSecret .caKey -}}
{{- $secrets = append $secrets (dict "parameter" "ca" "name" .existingSecret "key" .caKey) -}}
{{- else if $v.caBundle.configMap -}}
{{- $maps = append $maps (dict "parameter" "ca" "name" $v.caBundle.configMap "key" $v.caBundle.key) -}}
{{- else if $v.caBundle.secret -}}
{{- $secrets = append $secrets (dict "parameter" "ca" "name" $v.caBundle.secret "key" $v.caBundle.key) -}}
{{- end -}}
{{- if and .existingSecret .certKey -}}
{{- $secrets = append $secrets (dict "parameter" "cert" "name" .existingSecret "key" .certKey) -}}
{{- $secrets = append $secrets (dict "parameter" "key" "name" .existingSecret "key" .keyKey) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "secrets" $secrets "maps" $maps | toJson -}}
{{- end -}}

{{/* Where KEDA gets a token, by KEDA's names. It takes these from a reference only; scopes with commas between. */}}
{{- define "ivy-worker.kedaOauth" -}}
{{- $oauth := .Values.kafka.sasl.oauth -}}
{{- $found := dict "oauthTokenEndpointUri" $oauth.tokenEndpoint -}}
{{- with $oauth.scope }}{{ $_ := set $found "scopes" (splitList " " . | compact | join ",") }}{{ end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Name of the TriggerAuthentication; empty where none is needed. */}}
{{- define "ivy-worker.ownAuthentication" -}}
{{- if not .Values.autoscaling.kafka.authenticationRef.name -}}
{{- $needed := include "ivy-worker.kedaParameters" . | fromJson -}}
{{- if or $needed.secrets $needed.maps -}}
{{- include "ivy-worker.fullname" . }}-kafka
{{- end -}}
{{- end -}}
{{- end -}}

{{/* By the lag of a `topic`: `name` of the trigger, `threshold` of uploads for each worker. */}}
{{- define "ivy-worker.lagTrigger" -}}
{{- $v := .root.Values -}}
{{- $kafka := $v.autoscaling.kafka -}}
{{- $own := include "ivy-worker.ownAuthentication" .root -}}
{{- $sasl := include "ivy-worker.kedaSasl" .root -}}
type: kafka
name: {{ .name }}
metadata:
  bootstrapServers: {{ join "," $v.kafka.bootstrapServers | quote }}
  consumerGroup: {{ $v.kafka.groupId | quote }}
  topic: {{ .topic | quote }}
  lagThreshold: {{ int64 .threshold | quote }}
  activationLagThreshold: {{ int64 $kafka.activationLagThreshold | quote }}
  # As the worker's own: a group that never committed begins at the beginning.
  offsetResetPolicy: earliest
  allowIdleConsumers: "false"
  scaleToZeroOnInvalidOffset: "false"
  excludePersistentLag: {{ $kafka.excludePersistentLag | quote }}
  limitToPartitionsWithLag: {{ $kafka.limitToPartitionsWithLag | quote }}
  ensureEvenDistributionOfPartitions: {{ $kafka.ensureEvenDistributionOfPartitions | quote }}
  {{- /* An authentication of your own says itself how tokens are had: KEDA refuses to be told twice. */}}
  {{- if and (include "ivy-worker.hasSasl" .root) $sasl (or $own (ne $sasl "oauthbearer")) }}
  sasl: {{ $sasl }}
  {{- end }}
  {{- if include "ivy-worker.hasTls" .root }}
  tls: enable
  {{- end }}
{{- if $kafka.authenticationRef.name }}
authenticationRef:
  name: {{ $kafka.authenticationRef.name | quote }}
  kind: {{ $kafka.authenticationRef.kind }}
{{- else if $own }}
authenticationRef:
  name: {{ $own | quote }}
{{- end }}
{{- end -}}
