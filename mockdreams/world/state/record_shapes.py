"""The records and scripts of a snapshot: short names, which never change, and the fields of each class."""

RECORDS = {
    "Advisor": "wire.multiagent:Advisor type model",
    "AdvisorEnabled": "wire.multiagent:AdvisorEnabled type model",
    "Agent": (
        "wire.agents:Agent id type version name description model system tools mcp_servers skills multiagent "
        "execution_identity metadata created_at updated_at archived_at"
    ),
    "AgentMessage": "wire.events:AgentMessage id type processed_at content",
    "AgentModel": "wire.agents:AgentModel id effort inference_geo speed",
    "AgentReference": "wire.multiagent:AgentReference type id version",
    "AgentThinking": "wire.events:AgentThinking id type processed_at",
    "AgentToolset": "wire.tools:AgentToolset type default_config configs",
    "AllUrls": "wire.tools:AllUrls type",
    "ApiActor": "wire.memory:ApiActor type api_key_id",
    "AwsRole": "wire.agents:AwsRole type role_arn",
    "Base64Source": "wire.content:Base64Source type data media_type",
    "Budget": "wire.sessions:Budget type max_list_cost",
    "BudgetReached": "wire.events:BudgetReached type",
    "BuiltInConfig": "wire.tools:BuiltInConfig enabled permission_policy name type",
    "CacheCreation": "wire.events:CacheCreation ephemeral_5m_input_tokens ephemeral_1h_input_tokens",
    "Citations": "wire.content:Citations enabled",
    "Cloud": "wire.environments:Cloud type networking packages",
    "ClientAuth": "wire.vaults:ClientAuth type",
    "Coordinator": "wire.multiagent:Coordinator type agents",
    "CredentialMatch": "world.vaults.credential_validation:CredentialMatch credential_id vault_id mcp_server_url",
    "CredentialScript": "world.vaults.credential_validation:CredentialScript outcome match times",
    "CreateNew": "wire.dreams:CreateNew type",
    "CustomTool": "wire.tools:CustomTool type name description input_schema",
    "CustomToolResult": (
        "wire.events:CustomToolResult id type processed_at custom_tool_use_id content is_error session_thread_id"
    ),
    "CustomToolUse": "wire.events:CustomToolUse id type processed_at name input session_thread_id",
    "DefineOutcome": "wire.events:DefineOutcome id type processed_at outcome_id description rubric max_iterations",
    "DefineOutcomeParams": "wire.events:DefineOutcomeParams type description rubric max_iterations",
    "Deployment": (
        "wire.deployments:Deployment id type name description agent environment_id initial_events resources vault_ids "
        "metadata schedule status paused_reason budget created_at updated_at archived_at"
    ),
    "DeploymentRun": (
        "wire.deployments:DeploymentRun id type deployment_id agent trigger_context session_id error created_at"
    ),
    "Disabled": "wire.multiagent:Disabled type",
    "DocumentBlock": "wire.content:DocumentBlock type source context title",
    "Dream": (
        "wire.dreams:Dream id type status inputs outputs model instructions output_behavior session_id "
        "created_at ended_at archived_at usage error"
    ),
    "DreamError": "wire.dreams:DreamError type message",
    "DreamMatch": "world.dreams.scripts:DreamMatch memory_store_id model instructions",
    "DreamModel": "wire.dreams:DreamModel id speed",
    "DreamOutput": "wire.dreams:DreamOutput type memory_store_id",
    "DreamScript": "world.dreams.scripts:DreamScript match times duration write delete say usage fail message at hang",
    "DreamSchedule": (
        "world.schedules.records:DreamSchedule id memory_store_id every cron timezone after_sessions mode model "
        "instructions sessions created_at next_run_at finished_session_ids"
    ),
    "DreamUsage": (
        "wire.dreams:DreamUsage input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens"
    ),
    "Effort": "wire.agents:Effort type",
    "EndTurn": "wire.events:EndTurn type",
    "Environment": (
        "wire.environments:Environment id type name description config metadata scope created_at updated_at archived_at"
    ),
    "EnvironmentVariable": ("wire.vaults:EnvironmentVariable type secret_name networking injection_location"),
    "ErrorPause": "wire.deployments:ErrorPause type error",
    "Event": "wire.events:Event id type processed_at",
    "ExceptFrom": "wire.tools:ExceptFrom type tools",
    "FileConfig": "wire.deployments:FileConfig type file_id mount_path",
    "FileMetadata": (
        "wire.files:FileMetadata id type filename mime_type size_bytes created_at downloadable expires_at scope"
    ),
    "FileResource": "wire.sessions:FileResource id type file_id mount_path created_at updated_at",
    "FileRubric": "wire.events:FileRubric type file_id",
    "FileScope": "wire.files:FileScope type id",
    "FileSource": "wire.content:FileSource type file_id",
    "ImageBlock": "wire.content:ImageBlock type source",
    "InjectionLocation": "wire.vaults:InjectionLocation header body",
    "InlineAgent": (
        "wire.threads:InlineAgent type name description model system tools mcp_servers skills execution_identity"
    ),
    "InlineAgents": "wire.multiagent:InlineAgents type",
    "InputSchema": "wire.tools:InputSchema type properties required",
    "Limited": "wire.environments:Limited type allowed_hosts allow_mcp_servers allow_package_managers",
    "LimitedHosts": "wire.vaults:LimitedHosts type allowed_hosts",
    "McpOauth": "wire.vaults:McpOauth type mcp_server_url expires_at refresh",
    "ManualPause": "wire.deployments:ManualPause type",
    "ManualTrigger": "wire.deployments:ManualTrigger type",
    "McpServer": "wire.tools:McpServer type name url",
    "McpToolConfig": "wire.tools:McpToolConfig enabled permission_policy name",
    "McpToolResult": "wire.events:McpToolResult id type processed_at mcp_tool_use_id content is_error",
    "McpToolUse": (
        "wire.events:McpToolUse id type processed_at mcp_server_name name input evaluated_permission "
        "evaluation session_thread_id"
    ),
    "McpToolset": "wire.tools:McpToolset type mcp_server_name default_config configs",
    "Memory": (
        "wire.memory:Memory content id type memory_store_id memory_version_id path content_sha256 "
        "content_size_bytes created_at updated_at"
    ),
    "MemoryStore": "wire.memory:MemoryStore id type name description metadata created_at updated_at archived_at",
    "MemoryStoreConfig": "wire.deployments:MemoryStoreConfig type memory_store_id access instructions",
    "MemoryStoreInput": "wire.dreams:MemoryStoreInput type memory_store_id",
    "MemoryStoreResource": (
        "wire.sessions:MemoryStoreResource type memory_store_id name description mount_path access instructions"
    ),
    "MemoryVersion": (
        "wire.memory:MemoryVersion content id type memory_id memory_store_id operation path content_sha256 "
        "content_size_bytes created_at created_by redacted_at redacted_by"
    ),
    "MessageMatch": "world.messages.scripts:MessageMatch model message",
    "MessageScript": "world.messages.scripts:MessageScript content stop_reason usage match times",
    "ModelRequestEnd": "wire.events:ModelRequestEnd id type processed_at model_request_start_id is_error model_usage",
    "ModelRequestStart": "wire.events:ModelRequestStart id type processed_at",
    "ModelUsage": (
        "wire.events:ModelUsage input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens speed"
    ),
    "MonetaryAmount": "wire.events:MonetaryAmount amount currency",
    "Multiagent20261001": "wire.multiagent:Multiagent20261001 type advisor subagents workflows",
    "NoUrls": "wire.tools:NoUrls type",
    "OnlyFrom": "wire.tools:OnlyFrom type tools",
    "OutcomeEvaluation": (
        "wire.sessions:OutcomeEvaluation type outcome_id description iteration result explanation completed_at"
    ),
    "OutcomeEvaluationEnd": (
        "wire.events:OutcomeEvaluationEnd id type processed_at outcome_id outcome_evaluation_start_id "
        "iteration result explanation usage"
    ),
    "OutcomeEvaluationOngoing": "wire.events:OutcomeEvaluationOngoing id type processed_at outcome_id iteration",
    "OutcomeEvaluationStart": "wire.events:OutcomeEvaluationStart id type processed_at outcome_id iteration",
    "Packages": "wire.environments:Packages type apt cargo gem go npm pip",
    "PausingError": "wire.deployments:PausingError type",
    "PermissionPolicy": "wire.tools:PermissionPolicy type",
    "PlainTextSource": "wire.content:PlainTextSource type data media_type",
    "RedactedBlock": "wire.content:RedactedBlock type",
    "Refresh": "wire.vaults:Refresh client_id token_endpoint token_endpoint_auth scope resource",
    "Refusal": "wire.events:Refusal type",
    "RefusalDetails": "wire.events:RefusalDetails type category explanation",
    "ReplyText": "world.messages.scripts:ReplyText type text",
    "ReplyThinking": "world.messages.scripts:ReplyThinking type thinking signature",
    "ReplyToolUse": "world.messages.scripts:ReplyToolUse type name input id",
    "ReplyUsage": (
        "world.messages.scripts:ReplyUsage input_tokens output_tokens cache_creation_input_tokens "
        "cache_read_input_tokens"
    ),
    "RepositoryConfig": "wire.deployments:RepositoryConfig type url checkout mount_path",
    "RepositoryResource": "wire.sessions:RepositoryResource id type url mount_path checkout created_at updated_at",
    "RequiresAction": "wire.events:RequiresAction type event_ids",
    "RetriesExhausted": "wire.events:RetriesExhausted type",
    "RunError": "wire.deployments:RunError type message",
    "ScheduledDream": (
        "world.schedules.records:ScheduledDream id schedule_id created_at dream_id status message adopted conflicts "
        "settled_at"
    ),
    "Schedule": "wire.deployments:Schedule type expression timezone last_run_at upcoming_runs_at",
    "ScheduleTrigger": "wire.deployments:ScheduleTrigger type scheduled_at",
    "ScriptedUsage": (
        "world.dreams.scripts:ScriptedUsage input_tokens output_tokens cache_read_input_tokens "
        "cache_creation_input_tokens"
    ),
    "ScriptedVerdict": "world.sessions.scripts:ScriptedVerdict result explanation",
    "SearchResultBlock": "wire.content:SearchResultBlock type source title content citations",
    "SearchResultText": "wire.content:SearchResultText type text",
    "SelfHosted": "wire.environments:SelfHosted type",
    "ServerToolUse": "wire.events:ServerToolUse web_search_requests web_fetch_requests",
    "ServiceAccount": "wire.agents:ServiceAccount type",
    "Session": (
        "wire.sessions:Session id type status agent environment_id title metadata vault_ids resources "
        "outcome_evaluations stats usage budget deployment_id created_at updated_at archived_at"
    ),
    "SessionActor": "wire.memory:SessionActor type session_id",
    "SessionAgent": (
        "wire.agents:SessionAgent id type version name description model system tools mcp_servers skills "
        "execution_identity multiagent"
    ),
    "SessionCoordinator": "wire.agents:SessionCoordinator type agents",
    "SessionDeletedEvent": "wire.events:SessionDeletedEvent id type processed_at",
    "SessionError": "wire.events:SessionError id type processed_at error",
    "SessionMatch": "world.sessions.scripts:SessionMatch session_id agent_id memory_store_id message",
    "SessionMultiagent20261001": "wire.agents:SessionMultiagent20261001 type advisor subagents workflows",
    "SessionScript": "world.sessions.scripts:SessionScript match times turns verdicts",
    "SessionStats": "wire.sessions:SessionStats active_seconds duration_seconds",
    "SessionTeam": "wire.agents:SessionTeam type inline_agents predefined_agents",
    "SessionThread": (
        "wire.threads:SessionThread id type session_id parent_thread_id agent status stats usage "
        "workflow_run_id created_at updated_at archived_at"
    ),
    "SessionUpdated": "wire.events:SessionUpdated id type processed_at changes",
    "SessionUsage": (
        "wire.events:SessionUsage input_tokens output_tokens cache_read_input_tokens cache_creation "
        "active_seconds list_cost server_tool_use"
    ),
    "SessionsInput": "wire.dreams:SessionsInput type session_ids",
    "SkillRecord": "wire.skills:SkillRecord id type display_name source latest_version_id created_at updated_at",
    "SkillSource": "wire.skills:SkillSource type",
    "SkillVersion": "wire.skills:SkillVersion id type skill_id name description created_at",
    "Skill": "wire.tools:Skill type skill_id version",
    "StaticBearer": "wire.vaults:StaticBearer type mcp_server_url",
    "StatusIdle": "wire.events:StatusIdle id type processed_at stop_reason stop_details",
    "StatusRescheduled": "wire.events:StatusRescheduled id type processed_at",
    "StatusRunning": "wire.events:StatusRunning id type processed_at",
    "StatusTerminated": "wire.events:StatusTerminated id type processed_at",
    "Switch": "wire.tools:ToolSetting enabled permission_policy",
    "SystemMessageParams": "wire.events:SystemMessageParams type content",
    "SystemMessage": "wire.events:SystemMessage id type processed_at content",
    "Team": "wire.multiagent:Team type inline_agents predefined_agents",
    "TextBlock": "wire.content:TextBlock type text",
    "TextRubric": "wire.events:TextRubric type content",
    "ThreadAgent": (
        "wire.agents:ThreadAgent id type version name description model system tools mcp_servers skills "
        "execution_identity"
    ),
    "ThreadCreated": "wire.events:ThreadCreated id type processed_at session_thread_id agent_name workflow_run_id",
    "ThreadMessageReceived": (
        "wire.events:ThreadMessageReceived id type processed_at from_session_thread_id from_agent_name content"
    ),
    "ThreadMessageSent": (
        "wire.events:ThreadMessageSent id type processed_at to_session_thread_id to_agent_name content"
    ),
    "ThreadStats": "wire.threads:ThreadStats active_seconds duration_seconds startup_seconds",
    "ThreadStatusIdle": (
        "wire.events:ThreadStatusIdle id type processed_at session_thread_id agent_name stop_reason stop_details"
    ),
    "ThreadStatusRescheduled": "wire.events:ThreadStatusRescheduled id type processed_at session_thread_id agent_name",
    "ThreadStatusRunning": "wire.events:ThreadStatusRunning id type processed_at session_thread_id agent_name",
    "ThreadStatusTerminated": "wire.events:ThreadStatusTerminated id type processed_at session_thread_id agent_name",
    "ToolConfirmation": (
        "wire.events:ToolConfirmation id type processed_at tool_use_id result deny_message session_thread_id"
    ),
    "ToolReference": "wire.tools:ToolReference type name",
    "ToolResult": "wire.events:ToolResult id type processed_at tool_use_id content is_error",
    "ToolUse": "wire.events:ToolUse id type processed_at name input evaluated_permission evaluation session_thread_id",
    "Unrestricted": "wire.environments:Unrestricted type",
    "UpdateExisting": "wire.dreams:UpdateExisting type memory_store_id",
    "UrlSource": "wire.content:UrlSource type url",
    "UrlSources": "wire.tools:UrlSources user_input client_tool_results server_tool_results",
    "UsageReported": "wire.events:UsageReported id type processed_at usage budget",
    "UserInterrupt": "wire.events:UserInterrupt id type processed_at session_thread_id",
    "UserLocation": "wire.tools:UserLocation type city country region timezone",
    "UserMessageParams": "wire.events:UserMessageParams type content",
    "UserMessage": "wire.events:UserMessage id type processed_at content",
    "UserToolResult": (
        "wire.events:UserToolResult id type processed_at tool_use_id content is_error session_thread_id"
    ),
    "Vault": "wire.vaults:Vault id type display_name metadata created_at updated_at archived_at",
    "VaultCredential": (
        "wire.vaults:VaultCredential id type vault_id display_name auth metadata created_at updated_at archived_at"
    ),
    "WebhookAttempt": (
        "world.webhooks.deliveries:WebhookAttempt id number endpoint_id url event_id type at headers body status "
        "response error"
    ),
    "WebhookDelivery": (
        "world.webhooks.deliveries:WebhookDelivery id endpoint_id event_id type body sequence at number progress "
        "held last"
    ),
    "WebhookEndpoint": (
        "world.webhooks.endpoints:WebhookEndpoint id url events secret created_at duplicate reorder lose delay "
        "wrong_signature timestamp_age disabled_reason failing_since seen"
    ),
    "WebFetchConfig": (
        "wire.tools:WebFetchConfig enabled permission_policy name type url_sources allowed_domains "
        "blocked_domains max_content_tokens"
    ),
    "WebSearchConfig": (
        "wire.tools:WebSearchConfig enabled permission_policy name type allowed_domains blocked_domains user_location"
    ),
    "SessionWork": "wire.work:SessionWork type id",
    "Work": (
        "wire.work:Work id type environment_id state data metadata secret created_at started_at acknowledged_at "
        "latest_heartbeat_at stop_requested_at stopped_at actor"
    ),
    "act.Delegate": "default_agent.actions:Delegate delegate message turn",
    "act.Fail": "default_agent.actions:Fail error message retry details",
    "act.AwaitedEvents": "default_agent.actions:AwaitedEvents event_ids",
    "act.Idle": "default_agent.actions:IdleAction idle",
    "act.RepeatTurn": "default_agent.actions:RepeatTurn repeat_turn",
    "act.Refuse": "default_agent.actions:Refuse refuse explanation",
    "act.Say": "default_agent.actions:SayAction say",
    "act.Slow": "default_agent.actions:Slow slow",
    "act.Spend": "default_agent.actions:SpendAction spend",
    "act.Terminate": "default_agent.actions:Terminate terminate",
    "act.Think": "default_agent.actions:ThinkAction think",
    "act.Tokens": (
        "default_agent.actions:TokensAction input_tokens output_tokens cache_read_input_tokens "
        "cache_creation_input_tokens"
    ),
    "act.UseCustomTool": "default_agent.actions:UseCustomTool custom_tool input",
    "act.UseMcpTool": "default_agent.actions:UseMcpTool mcp_tool server input result is_error permission reason_code",
    "act.UseTool": "default_agent.actions:UseTool tool input result is_error permission reason_code",
    "act.WriteOutput": "default_agent.actions:WriteOutput output",
}
"""The path of the class, then its fields."""
