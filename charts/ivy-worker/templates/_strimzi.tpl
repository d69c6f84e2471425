{{/* Objects of Strimzi: a topic each, and a Kafka user with what a worker needs, and no more. */}}

{{/*
What follows the release's name in that of a KafkaTopic. Topics may have capitals and underscores,
and be long; names of objects may not (RFC 1123): a hash of the topic then comes behind what is left.
*/}}
{{- define "ivy-worker.topicSuffix" -}}
{{- if and (regexMatch "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" .) (le (len .) 200) -}}
{{- . -}}
{{- else -}}
{{- $left := regexReplaceAll "[^a-z0-9]+" (lower .) "-" | trunc 190 | trimAll "-" -}}
{{- compact (list $left (sha256sum . | trunc 8)) | join "-" -}}
{{- end -}}
{{- end -}}

{{/* Bytes that a batch may be larger than the largest message, as `ivy-worker topics provision` has it. */}}
{{- define "ivy-worker.batchRoom" -}}65536{{- end -}}

{{/* Configuration of a topic, as `ivy-worker topics provision` makes it, and yours over it. */}}
{{- define "ivy-worker.topicConfig" -}}
{{- $topics := .root.Values.kafka.topics -}}
{{- $days := eq .name $topics.deadLetters | ternary 30 7 -}}
{{- $found := dict "cleanup.policy" "delete" "retention.ms" (mul $days 86400000) -}}
{{- if ne .name $topics.uploads -}}
{{- $largest := dig "kafka" "producer" "max_request_size" 8388608 .root.Values.config | int64 -}}
{{- $_ := set $found "max.message.bytes" (add $largest (include "ivy-worker.batchRoom" .)) -}}
{{- end -}}
{{- mergeOverwrite $found (deepCopy .root.Values.topics.strimzi.config) | toYaml -}}
{{- end -}}

{{- define "ivy-worker.acl" -}}
- resource: {type: {{ .type }}, name: {{ .name | quote }}, patternType: {{ default "literal" .pattern }}}
  operations: {{ toJson .operations }}
{{- end -}}

{{- define "ivy-worker.kafkaUser" -}}
{{- $v := .Values -}}
{{- $topics := $v.kafka.topics -}}
apiVersion: {{ $v.topics.strimzi.apiVersion }}
kind: KafkaUser
metadata:
  {{- include "ivy-worker.metadata" (dict "root" . "labels" (dict "strimzi.io/cluster" $v.topics.strimzi.cluster) "namespace" $v.topics.strimzi.namespace) | nindent 2 }}
spec:
  authentication:
    type: {{ $v.topics.strimzi.user.authentication }}
  authorization:
    type: simple
    acls:
      {{- /* Uploads are read; a replay of dead letters writes them back. */}}
      {{- $uploads := $v.deadLetterReplay.enabled | ternary (list "Read" "Describe" "Write") (list "Read" "Describe") }}
      {{- include "ivy-worker.acl" (dict "type" "topic" "name" $topics.uploads "operations" $uploads) | nindent 6 }}
      {{- with $topics.backfill }}
      {{- include "ivy-worker.acl" (dict "type" "topic" "name" . "operations" (list "Read" "Describe" "Write")) | nindent 6 }}
      {{- end }}
      {{- range $topics.retries }}
      {{- include "ivy-worker.acl" (dict "type" "topic" "name" .name "operations" (list "Read" "Describe" "Write")) | nindent 6 }}
      {{- end }}
      {{- include "ivy-worker.acl" (dict "type" "topic" "name" $topics.verdicts "operations" (list "Describe" "Write")) | nindent 6 }}
      {{- $letters := $v.deadLetterReplay.enabled | ternary (list "Read" "Describe" "Write") (list "Describe" "Write") }}
      {{- include "ivy-worker.acl" (dict "type" "topic" "name" $topics.deadLetters "operations" $letters) | nindent 6 }}
      {{- include "ivy-worker.acl" (dict "type" "group" "name" $v.kafka.groupId "operations" (list "Read" "Describe")) | nindent 6 }}
      {{- if $v.deadLetterReplay.enabled }}
      {{- include "ivy-worker.acl" (dict "type" "group" "name" $v.deadLetterReplay.groupId "operations" (list "Read" "Describe")) | nindent 6 }}
      {{- end }}
      {{- if eq $v.kafka.delivery "transactional" }}
      {{- $prefix := printf "%s%s-" $v.kafka.instancePrefix (include "ivy-worker.fullname" .) }}
      {{- include "ivy-worker.acl" (dict "type" "transactionalId" "name" $prefix "pattern" "prefix" "operations" (list "Describe" "Write")) | nindent 6 }}
      {{- end }}
{{- end -}}
