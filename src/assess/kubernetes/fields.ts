/**
 * Names of fields by type, from the Kubernetes API reference 1.34. `of`: the type of what is inside, `[]` a list of it,
 * `*` anything.
 */
export type Fields = Readonly<Record<string, string>>;

const any = (names: string): Fields => Object.fromEntries(names.split(/\s+/).map((name) => [name, "*"]));

export const TYPES: Readonly<Record<string, Fields>> = {
  Metadata: any(
    "name generateName namespace labels annotations finalizers ownerReferences uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds managedFields selfLink",
  ),
  Deployment: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "DeploymentSpec", status: "*" },
  DeploymentSpec: {
    ...any("minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector"),
    strategy: "DeploymentStrategy",
    template: "PodTemplate",
  },
  DeploymentStrategy: any("type rollingUpdate"),
  StatefulSet: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "StatefulSetSpec", status: "*" },
  StatefulSetSpec: {
    ...any(
      "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector serviceName updateStrategy volumeClaimTemplates",
    ),
    template: "PodTemplate",
  },
  DaemonSet: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "DaemonSetSpec", status: "*" },
  DaemonSetSpec: { ...any("minReadySeconds revisionHistoryLimit selector updateStrategy"), template: "PodTemplate" },
  ReplicaSet: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "ReplicaSetSpec", status: "*" },
  ReplicaSetSpec: { ...any("minReadySeconds replicas selector"), template: "PodTemplate" },
  Pod: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "PodSpec", status: "*" },
  Job: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "JobSpec", status: "*" },
  JobSpec: {
    ...any(
      "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector successPolicy suspend ttlSecondsAfterFinished",
    ),
    template: "PodTemplate",
  },
  CronJob: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "CronJobSpec", status: "*" },
  CronJobSpec: {
    ...any(
      "concurrencyPolicy failedJobsHistoryLimit schedule startingDeadlineSeconds successfulJobsHistoryLimit suspend timeZone",
    ),
    jobTemplate: "JobTemplate",
  },
  JobTemplate: { metadata: "Metadata", spec: "JobSpec" },
  PodTemplate: { metadata: "Metadata", spec: "PodSpec" },
  PodSpec: {
    ...any(
      "activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes",
    ),
    containers: "Container[]",
    initContainers: "Container[]",
    ephemeralContainers: "*",
  },
  Container: {
    ...any(
      "args command env envFrom image imagePullPolicy lifecycle name ports resizePolicy restartPolicy restartPolicyRules securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
    ),
    livenessProbe: "Probe",
    readinessProbe: "Probe",
    startupProbe: "Probe",
    resources: "Resources",
  },
  Probe: any(
    "exec failureThreshold grpc httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket terminationGracePeriodSeconds timeoutSeconds",
  ),
  Resources: any("claims limits requests"),
  Service: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "ServiceSpec", status: "*" },
  ServiceSpec: any(
    "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig trafficDistribution type",
  ),
  PodDisruptionBudget: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "BudgetSpec", status: "*" },
  BudgetSpec: any("maxUnavailable minAvailable selector unhealthyPodEvictionPolicy"),
  HorizontalPodAutoscaler: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "AutoscalerSpec", status: "*" },
  AutoscalerSpec: any("behavior maxReplicas metrics minReplicas scaleTargetRef targetCPUUtilizationPercentage"),
  Ingress: { apiVersion: "*", kind: "*", metadata: "Metadata", spec: "IngressSpec", status: "*" },
  IngressSpec: any("defaultBackend ingressClassName rules tls"),
  ConfigMap: { ...any("apiVersion kind data binaryData immutable"), metadata: "Metadata" },
  Secret: { ...any("apiVersion kind data stringData type immutable"), metadata: "Metadata" },
};

/** Names that an object of an unknown kind is likely to have at its top; only what is nearly one of them is doubted. */
export const TOP = ["apiVersion", "kind", "metadata", "spec", "status", "data"];

/** Group and version, kinds: what replaced it, and the first version of Kubernetes that does not serve it (deprecation guide). */
export const REMOVED: Readonly<Record<string, { readonly since: string; readonly use: string }>> = {
  "extensions/v1beta1 Deployment": { since: "1.16", use: "apps/v1" },
  "extensions/v1beta1 DaemonSet": { since: "1.16", use: "apps/v1" },
  "extensions/v1beta1 ReplicaSet": { since: "1.16", use: "apps/v1" },
  "apps/v1beta1 Deployment": { since: "1.16", use: "apps/v1" },
  "apps/v1beta1 StatefulSet": { since: "1.16", use: "apps/v1" },
  "apps/v1beta2 Deployment": { since: "1.16", use: "apps/v1" },
  "apps/v1beta2 StatefulSet": { since: "1.16", use: "apps/v1" },
  "apps/v1beta2 DaemonSet": { since: "1.16", use: "apps/v1" },
  "extensions/v1beta1 Ingress": { since: "1.22", use: "networking.k8s.io/v1" },
  "networking.k8s.io/v1beta1 Ingress": { since: "1.22", use: "networking.k8s.io/v1" },
  "apiextensions.k8s.io/v1beta1 CustomResourceDefinition": { since: "1.22", use: "apiextensions.k8s.io/v1" },
  "rbac.authorization.k8s.io/v1beta1 Role": { since: "1.22", use: "rbac.authorization.k8s.io/v1" },
  "rbac.authorization.k8s.io/v1beta1 ClusterRole": { since: "1.22", use: "rbac.authorization.k8s.io/v1" },
  "batch/v1beta1 CronJob": { since: "1.25", use: "batch/v1" },
  "policy/v1beta1 PodDisruptionBudget": { since: "1.25", use: "policy/v1" },
  "policy/v1beta1 PodSecurityPolicy": { since: "1.25", use: "Pod Security admission" },
  "autoscaling/v2beta1 HorizontalPodAutoscaler": { since: "1.25", use: "autoscaling/v2" },
  "autoscaling/v2beta2 HorizontalPodAutoscaler": { since: "1.26", use: "autoscaling/v2" },
};
