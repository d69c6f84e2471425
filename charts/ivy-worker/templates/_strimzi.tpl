{{/* A Kafka user with what a worker needs, and no more. */}}

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
