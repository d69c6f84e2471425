{{/* Autoscaling, monitoring and topics. */}}

{{- define "ivy-worker.check.scaling" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $partitions := int $v.kafka.partitions -}}
{{- with $v.autoscaling -}}
{{- if .enabled -}}
{{- if gt (int .maxReplicas) $partitions -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "autoscaling.maxReplicas is %v, but the topic %s has %v partitions (kafka.partitions): the others would hold a GPU and get nothing. Lower autoscaling.maxReplicas to %v, or add partitions and raise kafka.partitions" (toJson .maxReplicas) $v.kafka.topics.uploads $partitions $partitions)) -}}
{{- end -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "autoscaling.minReplicas (%v) is above autoscaling.maxReplicas (%v): lower it" (toJson .minReplicas) (toJson .maxReplicas))) -}}
{{- end -}}
{{- if and (not (kindIs "invalid" .fallback.replicas)) (gt (int .fallback.replicas) (int .maxReplicas)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "autoscaling.fallback.replicas (%v) is above autoscaling.maxReplicas (%v): lower it" (toJson .fallback.replicas) (toJson .maxReplicas))) -}}
{{- end -}}
{{- if not (or .kafka.enabled .age.enabled) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "autoscaling.enabled has no trigger: set autoscaling.kafka.enabled=true, or autoscaling.age.enabled=true") -}}
{{- else if and (include "ivy-worker.mayBeEmpty" $.root) (not .kafka.enabled) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "autoscaling.%s is 0, but the age of events is told by the workers themselves, and none is there to tell it: set autoscaling.kafka.enabled=true, or %s" (eq (int .minReplicas) 0 | ternary "minReplicas" "idleReplicas") (eq (int .minReplicas) 0 | ternary "minReplicas to 1" "leave idleReplicas out"))) -}}
{{- end -}}
{{- if and (eq (int .minReplicas) 0) (not (kindIs "invalid" .idleReplicas)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "autoscaling.idleReplicas must be below autoscaling.minReplicas, and both are 0: leave idleReplicas out, or raise minReplicas to the workers that the first upload is to bring") -}}
{{- end -}}
{{- if and .kafka.enabled .kafka.limitToPartitionsWithLag .kafka.ensureEvenDistributionOfPartitions -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "autoscaling.kafka.limitToPartitionsWithLag and ensureEvenDistributionOfPartitions contradict each other: the one counts partitions with lag, the other all of them. Set one to false") -}}
{{- end -}}
{{- if and .kafka.enabled (not .kafka.authenticationRef.name) (include "ivy-worker.hasSasl" $.root) -}}
{{- $oauth := $v.kafka.sasl.oauth -}}
{{- $bearer := eq $v.kafka.sasl.mechanism "OAUTHBEARER" -}}
{{- $password := $bearer | ternary "kafka.sasl_oauth.client_secret" "kafka.sasl_password" -}}
{{- if and $bearer $oauth.serviceAccountToken.audience -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "KEDA has no token of the pod's ServiceAccount (kafka.sasl.oauth.serviceAccountToken): make a TriggerAuthentication of your own (extraObjects) and name it in autoscaling.kafka.authenticationRef.name") -}}
{{- else if and $bearer $oauth.audience -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "KEDA asks a token endpoint for scopes only, and kafka.sasl.oauth.audience would be left out: make a TriggerAuthentication of your own (extraObjects) and name it in autoscaling.kafka.authenticationRef.name") -}}
{{- else if and (not $v.kafka.sasl.existingSecret) (not (and $v.secrets.external.enabled (hasKey $v.secrets.external.data $password))) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "KEDA needs Kafka's user and password, too: name their Secret in kafka.sasl.existingSecret, or a TriggerAuthentication of your own in autoscaling.kafka.authenticationRef.name") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.monitoring" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- with $v.monitoring -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "monitoring.serviceMonitor and monitoring.podMonitor are both enabled: every metric would be read twice, and every rate doubled. Disable one") -}}
{{- end -}}
{{- if and .serviceMonitor.enabled (not $v.service.enabled) (not (include "ivy-worker.static" $.root)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "monitoring.serviceMonitor.enabled needs the Service: set service.enabled=true, or use monitoring.podMonitor") -}}
{{- end -}}
{{- end -}}
{{- if $v.monitoring.rules.disabled -}}
{{- $all := (include "ivy-worker.allAlerts" .root | fromJson).names -}}
{{- range $v.monitoring.rules.disabled -}}
{{- if not (has . $all) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "monitoring.rules.disabled names %s, and there is no such alert: take its name from docs/runbooks" .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $traces := ne $v.telemetry.traces "none" -}}
{{- if and (or $traces $v.telemetry.metricsOtlp) (not $v.telemetry.endpoint) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "telemetry.traces or telemetry.metricsOtlp sends over OTLP, but telemetry.endpoint is empty: name your collector, such as http://otel-collector:4318") -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.topics" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- with $v.deadLetterReplay -}}
{{- $seconds := divf .limit .rate -}}
{{- if and .enabled (gt $seconds (float64 .activeDeadlineSeconds)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "deadLetterReplay.limit (%v) at deadLetterReplay.rate (%v) a second takes %v s, above deadLetterReplay.activeDeadlineSeconds (%v): raise the deadline or lower the limit; otherwise every run is broken off" (toJson .limit) (toJson .rate) (ceil $seconds | int64) (toJson .activeDeadlineSeconds))) -}}
{{- end -}}
{{- end -}}
{{- $topics := $v.topics -}}
{{- if and $topics.provision.enabled $topics.strimzi.enabled -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "topics.provision and topics.strimzi would both make the topics: enable one of them") -}}
{{- end -}}
{{- if and $topics.provision.enabled $v.kafka.sasl.oauth.serviceAccountToken.audience $v.serviceAccount.create -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "topics.provision runs before the release's ServiceAccount is there, and kafka.sasl.oauth.serviceAccountToken would be that of the namespace's default one: set serviceAccount.create to false and serviceAccount.name to an account that is there") -}}
{{- end -}}
{{- $insync := dig "min.insync.replicas" 1 $topics.strimzi.config -}}
{{- if and $topics.strimzi.enabled (gt (int $insync) (int $topics.strimzi.replicas)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "topics.strimzi.config has min.insync.replicas %v, above topics.strimzi.replicas (%v): nothing could be published; lower the one or raise the other" (toJson $insync) (toJson $topics.strimzi.replicas))) -}}
{{- end -}}
{{- $largest := dig "kafka" "producer" "max_request_size" 8388608 $v.config | int64 -}}
{{- $taken := dig "max.message.bytes" $largest $topics.strimzi.config | int64 -}}
{{- if and $topics.strimzi.enabled (lt $taken $largest) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "topics.strimzi.config has max.message.bytes %v, below config.kafka.producer.max_request_size (%v): larger outcomes would be shortened; leave it out, or lower the setting" $taken $largest)) -}}
{{- end -}}
{{- if and $topics.strimzi.enabled (not $topics.strimzi.cluster) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "topics.strimzi.enabled needs topics.strimzi.cluster, the name of the Kafka object of Strimzi") -}}
{{- end -}}
{{- if and $topics.strimzi.user.enabled (not $topics.strimzi.enabled) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "topics.strimzi.user.enabled has no effect without topics.strimzi.enabled: enable both") -}}
{{- end -}}
{{- $names := list $v.kafka.topics.uploads $v.kafka.topics.verdicts $v.kafka.topics.deadLetters -}}
{{- with $v.kafka.topics.backfill }}{{ $names = append $names . }}{{ end -}}
{{- range $v.kafka.topics.retries }}{{ $names = append $names .name }}{{ end -}}
{{- if ne (len $names) (len (uniq $names)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "kafka.topics names a topic twice (%s): give each its own, or events go in circles" (join ", " $names))) -}}
{{- end -}}
{{- end -}}
