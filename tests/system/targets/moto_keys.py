"""Prints a key that moto lets do what the policy in argv[2] says, of the moto at argv[1]; runs in moto's environment.

It is named by argv[3], and is one of a user's; with a fourth argument it is one of a role's, which ends after an hour.
"""

import json
import sys

import boto3

url, policy, name, *role = sys.argv[1:]
access = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}
iam = boto3.client("iam", **access)
if role:
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="store", PolicyDocument=policy)
    key = boto3.client("sts", **access).assume_role(RoleArn=made["Arn"], RoleSessionName=name)["Credentials"]
else:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="store", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
found = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
if role:
    found["aws_session_token"] = key["SessionToken"]
print(json.dumps(found))
