{{/* Triggers of the ScaledObject. */}}

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
{{- get (dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512") .Values.kafka.sasl.mechanism -}}
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
{{- dict "name" (printf "%s-external" (include "ivy-worker.fullname" .)) "username" "kafka__sasl_username" "password" "kafka__sasl_password" | toJson -}}
{{- end -}}
{{- end -}}

{{/* Name of the TriggerAuthentication; empty where none is needed. */}}
{{- define "ivy-worker.ownAuthentication" -}}
{{- if not .Values.autoscaling.kafka.authenticationRef.name -}}
{{- if or (include "ivy-worker.hasSasl" .) (and (include "ivy-worker.hasTls" .) .Values.kafka.tls.existingSecret) -}}
{{- include "ivy-worker.fullname" . }}-kafka
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.lagTrigger" -}}
{{- $kafka := .Values.autoscaling.kafka -}}
type: kafka
name: lag
metadata:
  bootstrapServers: {{ join "," .Values.kafka.bootstrapServers | quote }}
  consumerGroup: {{ .Values.kafka.groupId | quote }}
  topic: {{ .Values.kafka.topics.uploads | quote }}
  lagThreshold: {{ $kafka.lagThreshold | quote }}
  activationLagThreshold: {{ $kafka.activationLagThreshold | quote }}
  # As the worker's own: a group that never committed begins at the beginning.
  offsetResetPolicy: earliest
  allowIdleConsumers: "false"
  scaleToZeroOnInvalidOffset: "false"
  excludePersistentLag: {{ $kafka.excludePersistentLag | quote }}
  limitToPartitionsWithLag: {{ $kafka.limitToPartitionsWithLag | quote }}
  ensureEvenDistributionOfPartitions: {{ $kafka.ensureEvenDistributionOfPartitions | quote }}
  {{- if and (include "ivy-worker.hasSasl" .) (include "ivy-worker.kedaSasl" .) }}
  sasl: {{ include "ivy-worker.kedaSasl" . }}
  {{- end }}
  {{- if include "ivy-worker.hasTls" . }}
  tls: enable
  {{- end }}
{{- if $kafka.authenticationRef.name }}
authenticationRef:
  name: {{ $kafka.authenticationRef.name }}
  kind: {{ $kafka.authenticationRef.kind }}
{{- else if include "ivy-worker.ownAuthentication" . }}
authenticationRef:
  name: {{ include "ivy-worker.ownAuthentication" . }}
{{- end }}
{{- end -}}
