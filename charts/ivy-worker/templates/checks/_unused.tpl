{{/*
Values that would be passed over in silence: whoever set them believes in something that is not so.
What is set up beside a switch that is off (`enabled: false`) is none of these.
*/}}

{{/* Notes that `name` has no effect if `set` is not empty. `where` says with what, `instead` what to do. */}}
{{- define "ivy-worker.unused" -}}
{{- if .set -}}
{{- $_ := include "ivy-worker.fault" (dict "said" .said "text" (printf "%s has no effect with %s: %s" .name .where .instead)) -}}
{{- end -}}
{{- end -}}

{{/* Where the weights come from is said once. */}}
{{- define "ivy-worker.check.sources" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $source := $v.model.source -}}
{{- $init := eq $source.type "init" -}}
{{- $volume := $init | ternary $source.init.volume $source.type -}}
{{- $local := has $source.type (list "pvc" "image" "hostPath") -}}
{{- $where := printf "model.source.type=%s" $source.type -}}
{{- if $init }}{{ $where = printf "%s and init.volume=%s" $where $volume }}{{ end -}}
{{- range $value := list
  (dict "name" "model.source.pvc.existingClaim" "set" (and (ne $volume "pvc") $source.pvc.existingClaim) "type" "pvc")
  (dict "name" "model.source.pvc.create" "set" (and (ne $volume "pvc") $source.pvc.create) "type" "init and init.volume=pvc")
  (dict "name" "model.source.image.reference" "set" (and (ne $volume "image") $source.image.reference) "type" "image")
  (dict "name" "model.source.hostPath.path" "set" (and (ne $volume "hostPath") $source.hostPath.path) "type" "hostPath")
  (dict "name" "model.source.init.checksums" "set" (and (not $init) $source.init.checksums) "type" "init")
  (dict "name" "model.source.path" "set" (and (eq $source.type "hub") $source.path) "type" "init")
  (dict "name" "model.source.hub.id" "set" (and $local $source.hub.id) "type" "hub")
  (dict "name" "model.source.hub.tokenSecret.name" "set" (and $local $source.hub.tokenSecret.name) "type" "hub") -}}
{{- $_ := include "ivy-worker.unused" (dict "said" $said "name" $value.name "set" $value.set "where" $where "instead" (printf "remove it, or set model.source.type=%s; weights come from one place" $value.type)) -}}
{{- end -}}
{{- $_ := include "ivy-worker.unused" (dict "said" $said "name" "model.revision" "set" (and $local $v.model.revision) "where" $where "instead" "remove it; the revision of a folder is the hash of its files") -}}
{{- if eq $v.model.engine "vllm" -}}
{{- range $name, $set := dict
  "baseUrl" $v.model.remote.baseUrl
  "model" $v.model.remote.model
  "flavor" (ne $v.model.remote.flavor "vllm")
  "apiKeySecret.name" $v.model.remote.apiKeySecret.name
  "caSecret.name" $v.model.remote.caSecret.name -}}
{{- $_ := include "ivy-worker.unused" (dict "said" $said "name" (printf "model.remote.%s" $name) "set" $set "where" "model.engine=vllm" "instead" "remove it, or set model.engine=openai (values-feeder.yaml does)") -}}
{{- end -}}
{{- end -}}
{{- $cache := $v.compileCache -}}
{{- $where := printf "compileCache.type=%s" $cache.type -}}
{{- $_ := include "ivy-worker.unused" (dict "said" $said "name" "compileCache.existingClaim" "set" (and (ne $cache.type "pvc") $cache.existingClaim) "where" $where "instead" "remove it, or set compileCache.type=pvc") -}}
{{- $_ := include "ivy-worker.unused" (dict "said" $said "name" "compileCache.path" "set" (and (ne $cache.type "hostPath") $cache.path) "where" $where "instead" "remove it, or set compileCache.type=hostPath") -}}
{{- end -}}

{{/* What the workload, its links and its jobs are not asked for. */}}
{{- define "ivy-worker.check.unused" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $static := include "ivy-worker.static" .root -}}
{{- $oauth := $v.kafka.sasl.oauth -}}
{{- $byPod := $oauth.serviceAccountToken.audience -}}
{{- $bearer := eq $v.kafka.sasl.mechanism "OAUTHBEARER" -}}
{{- $mechanism := printf "kafka.sasl.mechanism=%s" $v.kafka.sasl.mechanism -}}
{{- $asked := or $oauth.tokenEndpoint $oauth.scope $oauth.audience -}}
{{- $sends := or (ne $v.telemetry.traces "none") $v.telemetry.metricsOtlp -}}
{{- $quiet := "telemetry.traces=none and telemetry.metricsOtlp=false" -}}
{{- $scaling := $v.autoscaling -}}
{{- $redis := $v.redis.auth -}}
{{- range $value := list
  (dict "name" "kafka.instancePrefix" "set" (and (not $static) $v.kafka.instancePrefix) "where" "workload.kind=Deployment" "instead" "remove it, or set workload.kind=StatefulSet")
  (dict "name" "workload.podManagementPolicy=OrderedReady" "set" (and (not $static) (eq $v.workload.podManagementPolicy "OrderedReady")) "where" "workload.kind=Deployment" "instead" "remove it, or set workload.kind=StatefulSet")
  (dict "name" "workload.updateStrategy=OnDelete" "set" (and (not $static) (eq $v.workload.updateStrategy "OnDelete")) "where" "workload.kind=Deployment" "instead" "remove it, or set workload.kind=StatefulSet")
  (dict "name" "service.enabled=false" "set" (and $static (not $v.service.enabled)) "where" "workload.kind=StatefulSet" "instead" "remove it; a StatefulSet has a headless Service")
  (dict "name" "serviceAccount.annotations" "set" (and (not $v.serviceAccount.create) $v.serviceAccount.annotations) "where" "serviceAccount.create=false" "instead" "remove them, and annotate the account where it is made")
  (dict "name" "kafka.sasl.oauth" "set" (and $v.kafka.sasl.mechanism (not $bearer) (or $asked $byPod)) "where" $mechanism "instead" "remove it, or set kafka.sasl.mechanism=OAUTHBEARER")
  (dict "name" "kafka.sasl.oauth" "set" (and (not $v.kafka.sasl.mechanism) (or $asked $byPod)) "where" "no kafka.sasl.mechanism" "instead" "remove it, or set kafka.sasl.mechanism=OAUTHBEARER")
  (dict "name" "kafka.sasl.oauth.tokenEndpoint (or scope, audience)" "set" (and $bearer $byPod $asked) "where" "kafka.sasl.oauth.serviceAccountToken.audience" "instead" "tokens come from one place; remove one of them")
  (dict "name" "kafka.sasl.existingSecret" "set" (and $bearer $byPod $v.kafka.sasl.existingSecret) "where" "kafka.sasl.oauth.serviceAccountToken.audience" "instead" "remove it; the pod's own token is shown")
  (dict "name" "kafka.tls.certKey" "set" (and $v.kafka.tls.certKey $v.kafka.tls.keyKey (not $v.kafka.tls.existingSecret)) "where" "no kafka.tls.existingSecret" "instead" "name the Secret that holds it")
  (dict "name" "redis.tls.certKey" "set" (and $v.redis.tls.certKey $v.redis.tls.keyKey (not $v.redis.tls.existingSecret)) "where" "no redis.tls.existingSecret" "instead" "name the Secret that holds it")
  (dict "name" "redis.auth.usernameKey" "set" (and $redis.urlKey $redis.usernameKey) "where" "redis.auth.urlKey" "instead" "remove it; the user stands in the URL")
  (dict "name" "redis.auth.urlKey (or usernameKey)" "set" (and (not $redis.existingSecret) (or $redis.urlKey $redis.usernameKey)) "where" "no redis.auth.existingSecret" "instead" "name the Secret that holds it")
  (dict "name" "telemetry.engineTraces=true" "set" (and $v.telemetry.engineTraces (eq $v.telemetry.traces "none")) "where" "telemetry.traces=none" "instead" "set telemetry.traces=otlp, or remove it")
  (dict "name" "telemetry.sampleRatio" "set" (and (eq $v.telemetry.traces "none") (not (kindIs "invalid" $v.telemetry.sampleRatio))) "where" "telemetry.traces=none" "instead" "set telemetry.traces=otlp, or remove it")
  (dict "name" "telemetry.endpoint" "set" (and (not $sends) $v.telemetry.endpoint) "where" $quiet "instead" "set one of them, or remove it")
  (dict "name" "telemetry.protocol" "set" (and (not $sends) $v.telemetry.protocol) "where" $quiet "instead" "set one of them, or remove it")
  (dict "name" "autoscaling.kafka.activationLagThreshold" "set" (and $scaling.enabled (not (include "ivy-worker.mayBeEmpty" $.root)) (gt (int64 $scaling.kafka.activationLagThreshold) 0)) "where" "autoscaling.minReplicas above 0" "instead" "remove it, or let the fleet go to zero")
  (dict "name" "autoscaling.initialCooldownPeriod" "set" (and $scaling.enabled (not (include "ivy-worker.mayBeEmpty" $.root)) (not (kindIs "invalid" $scaling.initialCooldownPeriod))) "where" "autoscaling.minReplicas above 0" "instead" "remove it, or let the fleet go to zero")
  (dict "name" "caBundle.secret" "set" (and $v.caBundle.configMap $v.caBundle.secret) "where" "caBundle.configMap" "instead" "name one of them")
  (dict "name" "topics.provision.existingSecret" "set" (and $v.topics.provision.existingSecret (not $v.kafka.sasl.existingSecret)) "where" "no kafka.sasl.existingSecret, in whose place it stands" "instead" "set that, or remove it")
  (dict "name" "deadLetterReplay.existingSecret" "set" (and $v.deadLetterReplay.existingSecret (not $v.kafka.sasl.existingSecret)) "where" "no kafka.sasl.existingSecret, in whose place it stands" "instead" "set that, or remove it")
  (dict "name" "topics.provision.existingTlsSecret" "set" (and $v.topics.provision.existingTlsSecret (not $v.kafka.tls.existingSecret)) "where" "no kafka.tls.existingSecret, in whose place it stands" "instead" "set that, or remove it")
  (dict "name" "deadLetterReplay.existingTlsSecret" "set" (and $v.deadLetterReplay.existingTlsSecret (not $v.kafka.tls.existingSecret)) "where" "no kafka.tls.existingSecret, in whose place it stands" "instead" "set that, or remove it") -}}
{{- $_ := include "ivy-worker.unused" (merge (dict "said" $said) $value) -}}
{{- end -}}
{{- if ne (kindIs "invalid" $v.jobs.extraVolumes) (kindIs "invalid" $v.jobs.extraVolumeMounts) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "jobs.extraVolumes and jobs.extraVolumeMounts belong together: set both, or none to have those of the worker") -}}
{{- end -}}
{{- end -}}
