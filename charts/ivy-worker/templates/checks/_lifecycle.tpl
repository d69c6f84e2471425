{{/* Start and end. */}}

{{- define "ivy-worker.check.lifecycle" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $life := $v.lifecycle -}}
{{- $needed := addf $life.drainSeconds $life.marginSeconds -}}
{{- if lt (float64 $life.terminationGracePeriodSeconds) $needed -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "lifecycle.terminationGracePeriodSeconds is %v, but a drain takes up to lifecycle.drainSeconds (%v) and lifecycle.marginSeconds (%v): raise it to %v or more, or lower the drain; otherwise workers are killed with work in hand" (toJson $life.terminationGracePeriodSeconds) (toJson $life.drainSeconds) (toJson $life.marginSeconds) (ceil $needed | int64))) -}}
{{- end -}}
{{- $poll := dig "kafka" "consumer" "max_poll_interval_ms" 300000 $v.config | int64 -}}
{{- if ge (mulf 1000 $life.drainSeconds) (float64 $poll) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "lifecycle.drainSeconds is %v, and must stay below config.kafka.consumer.max_poll_interval_ms (%v ms): raise the interval or lower the drain; otherwise partitions are given away before a drain that hangs has ended" (toJson $life.drainSeconds) $poll)) -}}
{{- end -}}
{{- $load := int $v.startup.loadSeconds -}}
{{- $probe := $v.probes.startup -}}
{{- $budget := mul (include "ivy-worker.startupFailures" .root | int) (int $probe.periodSeconds) -}}
{{- if lt $budget $load -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "probes.startup gives up after %v s (failureThreshold %v times periodSeconds %v), before startup.loadSeconds (%v): raise probes.startup.failureThreshold to %v, or leave it out; otherwise the pod is killed while it loads the model" $budget (include "ivy-worker.startupFailures" .root) (toJson $probe.periodSeconds) $load (div (add $load (int $probe.periodSeconds) -1) (int $probe.periodSeconds)))) -}}
{{- end -}}
{{- $deadline := int $v.workload.progressDeadlineSeconds -}}
{{- $progress := add $load (int $v.workload.minReadySeconds) -}}
{{- if and (eq $v.workload.kind "Deployment") (le $deadline $progress) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "workload.progressDeadlineSeconds is %v, and must exceed startup.loadSeconds (%v) and workload.minReadySeconds (%v) together: raise it above %v; otherwise a rollout counts as failed while a model loads" $deadline $load (toJson $v.workload.minReadySeconds) $progress)) -}}
{{- end -}}
{{- $strategy := $v.workload.strategy -}}
{{- if and (eq $v.workload.kind "Deployment") (eq $strategy.type "RollingUpdate") (has (toString $strategy.maxSurge) (list "0" "0%")) (has (toString $strategy.maxUnavailable) (list "0" "0%")) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "workload.strategy.maxSurge and maxUnavailable are both 0, so that no rollout could ever begin: set maxUnavailable to 1, or maxSurge to 1 if there is a spare GPU") -}}
{{- end -}}
{{- range $name := list "startup" "readiness" "liveness" -}}
{{- with index $v.probes $name -}}
{{- if gt (int .timeoutSeconds) (int .periodSeconds) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "probes.%s.timeoutSeconds (%v) must not exceed its periodSeconds (%v): lower it" $name (toJson .timeoutSeconds) (toJson .periodSeconds))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.replicas" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- $partitions := int $v.kafka.partitions -}}
{{- $replicas := $v.workload.replicas -}}
{{- if and $v.autoscaling.enabled (not (kindIs "invalid" $replicas)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "workload.replicas is %v while autoscaling.enabled: every upgrade would undo what KEDA decided. Remove workload.replicas, and set autoscaling.minReplicas" (toJson $replicas))) -}}
{{- end -}}
{{- if and (not $v.autoscaling.enabled) (gt (include "ivy-worker.replicas" .root | int) $partitions) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "workload.replicas is %v, but the topic %s has %v partitions (kafka.partitions): the others would hold a GPU and get nothing. Lower workload.replicas to %v, or add partitions and raise kafka.partitions" (toJson $replicas) $v.kafka.topics.uploads $partitions $partitions)) -}}
{{- end -}}
{{- end -}}

{{- define "ivy-worker.check.pdb" -}}
{{- $v := .root.Values -}}
{{- $said := .said -}}
{{- with $v.pdb -}}
{{- if .enabled -}}
{{- $min := not (kindIs "invalid" .minAvailable) -}}
{{- $max := not (kindIs "invalid" .maxUnavailable) -}}
{{- if and $min $max -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "pdb.minAvailable and pdb.maxUnavailable are both set, and Kubernetes takes one of them: set the other to null") -}}
{{- else if not (or $min $max) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "pdb.enabled needs pdb.maxUnavailable (1 is a good number) or pdb.minAvailable; or set pdb.enabled=false") -}}
{{- else if and $max (has (toString .maxUnavailable) (list "0" "0%")) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" "pdb.maxUnavailable is 0, which keeps every node with a worker from ever being drained: set it to 1") -}}
{{- else if $min -}}
{{- $fewest := $v.autoscaling.enabled | ternary (int $v.autoscaling.minReplicas) (include "ivy-worker.replicas" $.root | int) -}}
{{- if or (eq (toString .minAvailable) "100%") (and (not (kindIs "string" .minAvailable)) (ge (int .minAvailable) $fewest)) -}}
{{- $_ := include "ivy-worker.fault" (dict "said" $said "text" (printf "pdb.minAvailable is %v with %v workers, which keeps every node with a worker from ever being drained: lower it, or set it to null and pdb.maxUnavailable to 1" (toJson .minAvailable) $fewest)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
